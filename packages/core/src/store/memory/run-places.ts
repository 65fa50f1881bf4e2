import { compareCodePoints } from '../../wire/index.js';
import type { RunPlace } from '../contract/run-cursor.js';
import type { RunListQuery } from '../contract/run-list.js';

/** Runs in the order of their places. Most begin after all others, and are added at the end. */
export class RunPlaces<Row extends RunPlace> {
  readonly #rows: Row[] = [];

  /** The number of runs. */
  get size(): number {
    return this.#rows.length;
  }

  /** Adds a run. */
  add(row: Row): void {
    this.#rows.splice(this.#before(row), 0, row);
  }

  /** Removes a run. */
  remove(row: Row): void {
    const at = this.#before(row);
    if (this.#rows[at] === row) this.#rows.splice(at, 1);
  }

  /** The runs that follow the last of the page before, within the bounds of the query, the newest first. */
  *newestFirst({
    after,
    since = -Infinity,
    until = Infinity,
  }: Pick<RunListQuery, 'after' | 'since' | 'until'>): Generator<Row> {
    const bound = after && after.moment < until ? after : { moment: until, runId: '' };
    for (let i = this.#before(bound) - 1; i >= 0; i--) {
      const row = this.#rows[i] as Row;
      if (row.moment < since) return;
      yield row;
    }
  }

  /** The number of runs that come before a place. */
  #before(place: RunPlace): number {
    let [low, high] = [0, this.#rows.length];
    const last = this.#rows.at(-1);
    if (last && compare(last, place) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#rows[middle] as Row, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const compare = (a: RunPlace, b: RunPlace): number =>
  a.moment - b.moment || compareCodePoints(a.runId, b.runId);
