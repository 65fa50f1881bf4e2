/** An answer with one part changed. */
export interface Variant {
  /** The changed answer. */
  readonly value: unknown;
}

const MOST = 16;

/**
 * Returns an answer with one of its parts changed, for each part: a string gets another ending, a number is one more, and a
 * boolean is the other.
 */
export function variantsOf(answer: unknown): readonly Variant[] {
  return changes(answer).slice(0, MOST);
}

function changes(value: unknown): Variant[] {
  switch (typeof value) {
    case 'string':
      return [{ value: `${value} (differently)` }];
    case 'number':
      return [{ value: value + 1 }];
    case 'boolean':
      return [{ value: !value }];
    case 'bigint':
      return [{ value: value + 1n }];
    case 'undefined':
      return [{ value: 'something' }];
  }
  if (value === null) return [{ value: 'something' }];
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, i) =>
      changes(item).map(({ value: changed }) => ({ value: value.with(i, changed) })),
    );
    return [...inner, { value: [...value, 'one more'] }];
  }
  const plain = value as Record<string, unknown>;
  const inner = Object.entries(plain).flatMap(([name, part]) =>
    changes(part).map(({ value: changed }) => ({ value: { ...plain, [name]: changed } })),
  );
  return inner.length > 0 ? inner : [{ value: { ...plain, more: 'something' } }];
}
