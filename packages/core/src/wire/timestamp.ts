/** A moment as the reference writes it, `2026-11-22T08:06:29.416532+00:00`. Always kept as the string that came. */
export type Timestamp = string;

/** The form of a timestamp: ISO 8601 with seconds, up to six fraction digits, and a time zone. */
export const TIMESTAMP_PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

/** Returns milliseconds since the epoch, with a fraction for the microseconds; NaN if the string is not a timestamp. */
export function timestampToMillis(timestamp: Timestamp): number {
  const match = TIMESTAMP_PATTERN.exec(timestamp);
  if (!match) return Number.NaN;
  return Date.parse(`${match[1]}${match[3]}`) + Number(match[2] ?? 0) * 1000;
}

/** Python's `isoformat()`: six fraction digits, none at all when the fraction is zero, and `+00:00`. */
export function formatTimestamp(date: Date): Timestamp {
  const iso = date.toISOString();
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}+00:00` : `${iso.slice(0, -1)}000+00:00`;
}

/** The earlier of two moments, where `undefined` or `null` means never. */
export function earlier(a: Timestamp | null | undefined, b: Timestamp | null | undefined): Timestamp | null {
  if (!a || !b) return a || b || null;
  return timestampToMillis(a) <= timestampToMillis(b) ? a : b;
}
