const MAX_STRING = 60;
const MAX_MESSAGE = 2_000;
/** A message can be a whole page or a trace, and it is shown and recorded with each error that follows from it. */
const MAX_LINES = 40;

/** Returns a short rendering of a value for an error's `received`. It never throws, whatever the value is. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return value.length > MAX_STRING ? `"${value.slice(0, MAX_STRING - 3)}…"` : JSON.stringify(value);
  if (typeof value !== 'object' && typeof value !== 'function') return `${typeof value} ${String(value)}`;
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    return typeof value === 'function'
      ? `a function ${nameOf(value) || '(anonymous)'}`
      : `an object of type ${value.constructor === undefined ? 'null prototype' : nameOf(value.constructor)}`;
  } catch {
    return 'an object that cannot be read';
  }
}

function nameOf(value: unknown): string {
  const name = (value as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? clip(name, MAX_STRING) : 'unknown';
}

/** Returns what was thrown, in words. It never throws, whatever was thrown. */
export function describeThrown(thrown: unknown): string {
  let text: unknown;
  try {
    text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    text = typeof thrown;
  }
  const lines = String(text)
    .slice(0, MAX_MESSAGE + 1)
    .split('\n');
  const shown = clip(lines.slice(0, MAX_LINES).join('\n'), MAX_MESSAGE);
  return lines.length > MAX_LINES ? `${shown}\n…` : shown;
}

/** Cuts a string to a length, and marks the cut with an ellipsis. */
export const clip = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;
