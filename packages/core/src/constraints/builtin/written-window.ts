/** A part of a day in UTC: from one minute up to, but excluding, another. */
export interface Span {
  /** The first minute of the day, 0 to 1439. */
  readonly from: number;
  /** The minute after the last one, 1 to 1440. */
  readonly to: number;
}

const DAY = 24 * 60;

/** The hours that the reference permits under every label about time. */
export const BUSINESS_HOURS: Span = Object.freeze({ from: 9 * 60, to: 17 * 60 });

/** The forms in which a window can be written, for messages. */
export const WINDOW_FORMS =
  "'time_window:09:00-17:00' or 'time_window_9_17', in UTC or with an offset, as in 'time_window:09:00-17:00+02:00'";

/** Whether a constraint label names a time window, in any case. */
export const isWindowLabel = (label: string): boolean => /^time_window/i.test(label);

const TIME = String.raw`(\d{1,2})(?::?(\d{2}))?\s*([ap]m)?`;
const WINDOW = new RegExp(
  String.raw`^time_window[\s:=_(-]*${TIME}\s*(?:-|–|_|to|\.\.)\s*${TIME}[\s_)]*(utc|gmt|z|[+-]\d{2}:?\d{2})?\)?$`,
  'i',
);

/**
 * Reads the window that a label writes out.
 *
 * @returns its parts; an empty list for a window that starts when it ends; undefined for a window that cannot be read.
 * A bare `time_window` permits the whole day, since it adds nothing to what the reference enforces.
 */
export function readWindow(label: string): readonly Span[] | undefined {
  if (/^time_window[\s:=_-]*$/i.test(label)) return [{ from: 0, to: DAY }];
  const match = WINDOW.exec(label);
  if (!match) return undefined;
  const [, hour, minute, half, endHour, endMinute, endHalf, zone] = match;
  const from = minuteOfDay(hour, minute, half);
  const to = minuteOfDay(endHour, endMinute, endHalf);
  const offset = offsetOf(zone);
  if (from === undefined || to === undefined || offset === undefined || from === DAY) return undefined;
  if (from === to) return [];
  return span(from - offset, (to > from ? to : to + DAY) - offset);
}

function minuteOfDay(
  hour: string | undefined,
  minute: string | undefined,
  half: string | undefined,
): number | undefined {
  const hours = Number(hour);
  const minutes = Number(minute ?? 0);
  if (minutes > 59) return undefined;
  if (half) {
    if (hours < 1 || hours > 12) return undefined;
    return ((hours % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)) * 60 + minutes;
  }
  const total = hours * 60 + minutes;
  return total <= DAY ? total : undefined;
}

/** The minutes by which a clock is ahead of UTC. */
function offsetOf(zone: string | undefined): number | undefined {
  if (!zone?.startsWith('+') && !zone?.startsWith('-')) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** The parts of one day of a window that can begin on the day before and end on the day after. */
function span(from: number, to: number): readonly Span[] {
  const start = ((from % DAY) + DAY) % DAY;
  const end = start + (to - from);
  return end <= DAY
    ? [{ from: start, to: end }]
    : [
        { from: start, to: DAY },
        { from: 0, to: end - DAY },
      ];
}

/** Whether a time is within a window. @param millis - milliseconds since the epoch. */
export function isWithin(spans: readonly Span[], millis: number): boolean {
  const dayMillis = DAY * 60_000;
  const minute = (((millis % dayMillis) + dayMillis) % dayMillis) / 60_000;
  return spans.some(({ from, to }) => minute >= from && minute < to);
}

/**
 * Returns why the time windows among some labels leave no time to act: one cannot be read, or they have no minute in
 * common with each other and with the hours that the reference permits.
 */
export function findEmptyWindow(
  labels: readonly string[],
): { readonly label: string; readonly reason: string } | undefined {
  let left: readonly Span[] = [BUSINESS_HOURS];
  const windows: string[] = [];
  for (const label of labels) {
    if (!isWindowLabel(label)) continue;
    const written = readWindow(label);
    if (!written) return { label, reason: `it is not a time window; write ${WINDOW_FORMS}` };
    windows.push(label);
    left = left.flatMap((a) => written.flatMap((b) => intersection(a, b)));
    if (left.length === 0) return { label, reason: reasonOf(windows) };
  }
  return undefined;
}

function intersection(a: Span, b: Span): Span[] {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from < to ? [{ from, to }] : [];
}

const reasonOf = (windows: readonly string[]): string =>
  windows.length === 1
    ? 'it leaves no time to act: the reference permits only 09:00 to 17:00 UTC under this label'
    : `${windows.join(' and ')} leave no time in common between 09:00 and 17:00 UTC`;
