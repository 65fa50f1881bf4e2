import { PERMITTED_DIFFERENCES, type PermittedDifference } from './permitted-differences.ts';

/** The result of a check of golden values. */
export interface VectorReport {
  /** How many values were compared. */
  readonly checked: number;
  /** One line for each value that differs without a permitted reason. */
  readonly wrong: readonly string[];
  /** Every permitted difference with the number of times it was found. */
  readonly permitted: readonly (PermittedDifference & { readonly count: number })[];
}

/** Counts comparisons, and collects the differences. */
export class Tally {
  #checked = 0;
  readonly #wrong: string[] = [];
  readonly #permitted = new Map<string, number>();

  get report(): VectorReport {
    const permitted = PERMITTED_DIFFERENCES.map((difference) => ({
      ...difference,
      count: this.#permitted.get(difference.id) ?? 0,
    }));
    return { checked: this.#checked, wrong: this.#wrong, permitted };
  }

  /** Runs checks of one record. A record that cannot be read is wrong, and does not stop the other checks. */
  holds(what: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.wrong(what, (error as Error).message);
    }
  }

  /** Compares a golden value with a computed one. */
  equal(what: string, expected: unknown, actual: () => unknown, detail = ''): void {
    let got: unknown;
    try {
      got = actual();
    } catch (error) {
      got = `threw ${(error as Error).message}`;
    }
    if (got === expected) this.#checked += 1;
    else this.wrong(what, `expected ${show(expected)}, got ${show(got)} ${detail}`.trimEnd());
  }

  /** Counts a difference that is on the list of permitted ones. */
  permit(difference: PermittedDifference): void {
    this.#checked += 1;
    this.#permitted.set(difference.id, (this.#permitted.get(difference.id) ?? 0) + 1);
  }

  /** Counts a comparison that failed. */
  wrong(what: string, why: string): void {
    this.#checked += 1;
    this.#wrong.push(`${what}: ${why}`);
  }
}

const show = (value: unknown): string => {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 160 ? `${shown.slice(0, 157)}…` : shown;
};
