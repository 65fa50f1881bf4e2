import { expectNextStatement } from '../contract/conflicts.js';
import type { AppendStatement } from '../contract/store-write.js';
import type { StatementEntry, TrailHead } from '../contract/stored-records.js';
import type { Batch } from './batch.js';

/** The log of signed statements. */
export class Statements {
  readonly #entries: StatementEntry[] = [];

  /** The last statement's place and hash. */
  head(): TrailHead | undefined {
    const last = this.#entries.at(-1);
    return last && { sequence: last.sequence, hash: last.hash };
  }

  /** Returns a page of the log. */
  read(afterSequence: number, limit: number): StatementEntry[] {
    return this.#entries.slice(afterSequence, afterSequence + limit);
  }

  /** All statements, in order. */
  all(): readonly StatementEntry[] {
    return this.#entries;
  }

  /** Checks that a statement follows the head of the log. */
  check({ entry }: AppendStatement, batch: Batch): void {
    expectNextStatement(entry, batch.statementsHead ?? this.head());
    batch.statementsHead = entry;
  }

  /** Appends a statement. */
  append(entry: StatementEntry): void {
    this.#entries.push(entry);
  }
}
