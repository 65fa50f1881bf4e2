import { defineValueClass } from '@kaizen-eatp/core/records';

/**
 * Python values that JavaScript has no type for, each kept as the string that Python writes for it, so that it arrives
 * back as what it was.
 */
abstract class PythonText {
  /** @param text - as Python writes it. */
  constructor(readonly text: string) {
    const { form } = new.target as unknown as { readonly form: RegExp };
    if (typeof text !== 'string' || !form.test(text) || !isPossible(text))
      throw new TypeError(
        `${new.target.name} expected a string such as ${exampleOf(new.target)}, got ${text}`,
      );
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Whether the date and the time in a string exist; Python writes no fraction of zero. */
function isPossible(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? [];
  if (year !== undefined) {
    const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
    if (year === '0000' || Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return false;
  }
  const [, hour, minute, second, fraction] = /(?:^|T)(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?/.exec(text) ?? [];
  if (hour === undefined) return true;
  const [, offsetHour, offsetMinute] = /[+-](\d\d):(\d\d)(?::[\d.]+)?$/.exec(text.slice(8)) ?? [];
  const isOffset = offsetHour === undefined || (Number(offsetHour) < 24 && Number(offsetMinute) < 60);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  return isTime && isOffset && fraction !== '000000';
}

const exampleOf = (type: unknown): string => (type as { readonly example: string }).example;

const DATE = String.raw`\d{4}-\d{2}-\d{2}`;
const TIME = String.raw`\d{2}:\d{2}:\d{2}(?:\.\d{6})?(?:[+-]\d{2}:\d{2}(?::\d{2}(?:\.\d{6})?)?)?`;

/** A `datetime.datetime`, with its microseconds and its offset, or without one: `isoformat()`. */
export class PythonDateTime extends PythonText {
  static readonly form = new RegExp(`^${DATE}T${TIME}$`);
  static readonly example = '2026-11-22T08:06:29.416532+00:00';

  /** From a `Date`: aware, in UTC. @throws RangeError for an invalid one. */
  static from(date: Date): PythonDateTime {
    const [seconds, milliseconds] = date.toISOString().slice(0, -1).split('.') as [string, string];
    const fraction = milliseconds === '000' ? '' : `.${milliseconds}000`;
    return new PythonDateTime(`${seconds}${fraction}+00:00`);
  }

  /** Whether it names its offset from UTC; without one it is not a moment in time. */
  get isAware(): boolean {
    return /[+-]\d{2}:\d{2}/.test(this.text.slice(19));
  }

  /** The moment, to the millisecond: microseconds are cut. @throws TypeError for one without an offset. */
  toDate(): Date {
    if (!this.isAware) throw new TypeError(`${this.text} has no offset from UTC, so it is no moment in time`);
    return new Date(this.text.replace(/(\.\d{3})\d{3}/, '$1'));
  }
}

/** A `datetime.date`: `isoformat()`. */
export class PythonDate extends PythonText {
  static readonly form = new RegExp(`^${DATE}$`);
  static readonly example = '2026-11-22';
}

/** A `datetime.time`: `isoformat()`. */
export class PythonTime extends PythonText {
  static readonly form = new RegExp(`^${TIME}$`);
  static readonly example = '08:06:29.416532';
}

/** A `datetime.timedelta`, in whole microseconds. */
export class PythonTimeDelta extends PythonText {
  static readonly form = /^(?:0|-?[1-9]\d{0,20})$/;
  static readonly example = '1500000';

  get microseconds(): bigint {
    return BigInt(this.text);
  }
}

/** A `decimal.Decimal`, to the last digit: `str()`. */
export class PythonDecimal extends PythonText {
  static readonly form = /^-?(?:\d+(?:\.\d+)?(?:E[+-]\d+)?|Infinity|s?NaN(?:[1-9]\d*)?)$/;
  static readonly example = '10.20';
}

/** A `uuid.UUID`. */
export class PythonUuid extends PythonText {
  static readonly form = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  static readonly example = '12345678-1234-5678-1234-567812345678';
}

/** A number that arrives as a Python `float` although it has no fraction: `new PythonFloat(1)` is `1.0`. */
export class PythonFloat {
  /** @param value - any number, also `-0`, `NaN` and the infinities. */
  constructor(readonly value: number) {
    if (typeof value !== 'number') throw new TypeError(`PythonFloat expected a number, got ${typeof value}`);
  }

  valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }
}

// So that agents can get and return them, and records can describe them.
const texts = [
  ['datetime', PythonDateTime],
  ['date', PythonDate],
  ['time', PythonTime],
  ['timedelta', PythonTimeDelta],
  ['decimal', PythonDecimal],
  ['uuid', PythonUuid],
] as const;

for (const [name, Class] of texts) {
  defineValueClass<PythonText>(Class, {
    name: `python.${name}`,
    write: ({ text }) => text,
    read: (text) => new Class(text),
  });
}

defineValueClass(PythonFloat, {
  name: 'python.float',
  write: ({ value }) => (Object.is(value, -0) ? '-0' : String(value)),
  read: (text) => new PythonFloat(Number(text)),
});
