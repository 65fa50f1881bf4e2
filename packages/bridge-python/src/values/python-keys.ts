import { describe } from '@kaizen-eatp/core/errors';

/**
 * Why these cannot be the keys of one `dict`: a container is no key in Python, and there `1`, `1.0` and `True` are the
 * same one.
 */
export function keyTrouble(keys: Iterable<unknown>): string | undefined {
  const seen = new Set<string>();
  for (const key of keys) {
    const name = nameOf(key);
    if (name === undefined) return `its key ${describe(key)} is a container`;
    if (seen.has(name)) return `its key ${describe(key)} is there twice, by Python's account`;
    seen.add(name);
  }
  return undefined;
}

/** The same for keys that are equal in Python; undefined for what is no key there. */
function nameOf(key: unknown): string | undefined {
  switch (typeof key) {
    case 'number':
      // Beyond 2^53 a number may be written with an exponent, and a bigint is not.
      if (Number.isSafeInteger(key) || !Number.isInteger(key))
        return Number.isNaN(key) ? `nan ${Math.random()}` : `number ${key}`;
      return `number ${BigInt(key)}`;
    case 'bigint':
      return `number ${key}`;
    case 'boolean':
      return `number ${key ? 1 : 0}`;
    case 'string':
      return `text ${key}`;
    default:
      return nameOfObject(key as object | null);
  }
}

function nameOfObject(key: object | null): string | undefined {
  if (key === null) return 'none';
  if (key instanceof Uint8Array) return `bytes ${Buffer.from(key).toString('hex')}`;
  const { text, value } = key as { text?: unknown; value?: unknown };
  if (typeof text === 'string') return `${key.constructor.name} ${text}`;
  return typeof value === 'number' || typeof value === 'bigint' ? nameOf(value) : undefined;
}
