/**
 * Freezes a value and all its parts. Records are frozen where they are made: what was checked must stay what it was.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  const keys = Object.keys(value);
  for (let i = 0; i < keys.length; i++) {
    const item = (value as Record<string, unknown>)[keys[i] as string];
    if (typeof item === 'object') deepFreeze(item);
  }
  return value;
}
