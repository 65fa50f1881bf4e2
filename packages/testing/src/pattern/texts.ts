/** Returns a string to search in or to compare: the JSON of a value, with errors as their messages and causes. */
export function textOf(value: unknown): string {
  const seen = new Set<object>();
  const text = JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (typeof part === 'function' || typeof part === 'symbol') return String(part);
    if (typeof part !== 'object' || part === null) return part;
    if (seen.has(part)) return '<seen>';
    seen.add(part);
    if (part instanceof Map || part instanceof Set) return [...part];
    if (part instanceof Error) return { ...part, message: part.message, cause: part.cause };
    return part;
  });
  return text ?? 'undefined';
}

/** Returns a value with the fields of every plain object in alphabetical order, to compare it by its text. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const fields = Object.entries(value).map(([name, part]) => [name, sorted(part)] as const);
  return Object.fromEntries(fields.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Finds every string in a value, even inside strings that are JSON, since roles pass lists as JSON. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const inner = /^\s*[[{]/.test(value) ? parsed(value) : undefined;
    return inner === undefined ? [value] : [value, ...textsIn(inner)];
  }
  if (value instanceof Error) return [value.message];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
