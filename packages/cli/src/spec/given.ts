import { usage } from '../errors.js';

type Value = string | boolean | readonly string[] | undefined;

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The arguments and options that a command was called with. */
export class Given {
  constructor(
    private readonly args: readonly (string | readonly string[] | undefined)[],
    private readonly options: Readonly<Record<string, Value>>,
  ) {}

  /** Returns a positional argument; undefined if an optional one was omitted. */
  optional(index: number): string | undefined {
    const value = this.args[index];
    return typeof value === 'string' ? value : undefined;
  }

  /** Returns a positional argument that the parser required. */
  argument(index: number): string {
    return this.optional(index) as string;
  }

  /** Returns all values of a repeated positional argument. */
  rest(index: number): readonly string[] {
    const value = this.args[index];
    return Array.isArray(value) ? value : [];
  }

  /** Returns the value of an option; undefined if it was not given. */
  text(name: string): string | undefined {
    const value = this.options[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** Returns the value of an option that the parser required. */
  required(name: string): string {
    return this.text(name) as string;
  }

  /** Whether a flag was given. */
  flag(name: string): boolean {
    return this.options[name] === true;
  }

  /** Whether a flag of the form `--no-x` was given; `name` is `x`. */
  isOff(name: string): boolean {
    return this.options[name] === false;
  }

  /** Returns the values of an option that was given several times. */
  each(name: string): readonly string[] {
    const value = this.options[name];
    if (typeof value === 'string') return [value];
    return Array.isArray(value) ? value : [];
  }

  /** Returns the items of comma-separated lists, which can be given several times. Empty items are left out. */
  list(name: string): readonly string[] {
    return this.each(name).flatMap((value) =>
      value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );
  }

  /** Returns a whole number. @throws CliError `COMMAND_USAGE`. */
  count(name: string, { least = 0, most = Number.MAX_SAFE_INTEGER } = {}): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw usage(`${optionName(name)} must be a whole number`, {
      expected: most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`,
      received: `'${value}'`,
    });
  }

  /**
   * Returns a moment: ISO 8601, or a duration such as `2d`.
   *
   * @param direction - whether a duration reaches back from now, or lies ahead.
   * @throws CliError `COMMAND_USAGE`.
   */
  moment(name: string, now: number, direction: 'ago' | 'ahead' = 'ago'): Date | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const ago = milliseconds(value);
    // The reference reads a time without a zone as UTC, and so does this command.
    const text = /[zZ]$|[+-]\d\d:?\d\d$/.test(value) || !value.includes('T') ? value : `${value}Z`;
    const date = ago === undefined ? new Date(text) : new Date(direction === 'ago' ? now - ago : now + ago);
    if (!Number.isNaN(date.getTime()) && (ago !== undefined || /^\d{4}-\d\d-\d\d/.test(value))) return date;
    throw usage(`${optionName(name)} must be a time`, {
      expected: `ISO 8601 such as '2026-01-31T09:00:00Z', or a time ${direction === 'ago' ? 'ago' : 'from now'} such as '90m', '12h' or '2d'`,
      received: `'${value}'`,
    });
  }

  /** Returns a duration in milliseconds. @throws CliError `COMMAND_USAGE`. */
  duration(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = milliseconds(value);
    if (found !== undefined) return found;
    throw usage(`${optionName(name)} must be a duration`, {
      expected: "a number with a unit, such as '500ms', '30s', '15m', '12h' or '7d'",
      received: `'${value}'`,
    });
  }
}

function milliseconds(value: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(value) ?? [];
  return number === undefined ? undefined : Number(number) * UNITS[unit as keyof typeof UNITS];
}

const optionName = (name: string): string => `--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
