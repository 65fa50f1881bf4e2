import { notify } from '@kaizen-eatp/core/plugin';
import { type RevocationKind, type StoreEvent, type StoreWrite, storeEventOf } from '@kaizen-eatp/core/store';
import type { Pool, QueryResultRow } from 'pg';
import { quoteIdentifier } from '../schema/schema-name.js';

interface ChangeRow {
  readonly seq: string;
  /** Null for a changed chain. */
  readonly kind: RevocationKind | 'statement' | null;
  readonly subjectId: string;
  readonly reason: string | null;
  readonly at: string | null;
  /** Whether an agent that was revoked has a chain in force again. */
  readonly isRestored: boolean;
}

/** The pool, or one connection, that answers a question. */
export type Asked = Pick<Pool, 'query'>;

/**
 * Tells listeners of each change once: those of this process as soon as they are stored, those of others when
 * {@link look} finds them. Changes have numbers that become visible in their order, so all that is to be remembered is
 * the last one seen and those of our own beyond it.
 */
export class ChangeFeed {
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #told = new Set<bigint>();
  readonly #question: string;
  #seen: bigint;
  #isLooking: Promise<void> | undefined;
  #mustLookAgain = false;
  #isResuming = false;

  constructor(schema: string, seen: bigint) {
    const s = quoteIdentifier(schema);
    this.#seen = seen;
    this.#question = `
      SELECT r.seq, kind, subject_id AS "subjectId", reason, at,
        kind = 'agent' AND EXISTS (SELECT 1 FROM ${s}.chains WHERE agent_id = subject_id AND active) AS "isRestored"
      FROM ${s}.revocations r WHERE r.seq > $1
      UNION ALL
      SELECT version, NULL, agent_id, NULL, NULL, false FROM ${s}.chains WHERE version > $1
      UNION ALL
      SELECT seq, 'statement', sequence::text, NULL, NULL, false FROM ${s}.statements WHERE seq > $1
      ORDER BY 1`;
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: (event: StoreEvent) => void): () => void {
    // Without listeners there were no looks, so the first one can find older changes.
    if (!this.isHeard) this.#isResuming = true;
    // A new function, so that a listener that is added twice is called twice and removed once each.
    const own = (event: StoreEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Changes that this process has just stored, with their numbers. */
  announce(writes: readonly StoreWrite[], numbers: readonly string[]): void {
    let i = 0;
    for (const write of writes) {
      const event = storeEventOf(write);
      if (!event) continue;
      const number = BigInt(numbers[i++] ?? 0);
      // A push can overtake the answer to the commit; then the listeners have been called.
      if (number <= this.#seen) continue;
      this.#told.add(number);
      this.#tell(event);
    }
  }

  /** Looks for changes by others. Looks once more when it is called while it looks. */
  look(asked: Asked): Promise<void> {
    if (this.#isLooking) {
      this.#mustLookAgain = true;
      return this.#isLooking;
    }
    this.#isLooking = this.#lookWhileNeeded(asked).finally(() => {
      this.#isLooking = undefined;
    });
    return this.#isLooking;
  }

  async #lookWhileNeeded(asked: Asked): Promise<void> {
    do {
      this.#mustLookAgain = false;
      const isResuming = this.#isResuming;
      const { rows } = await asked.query<QueryResultRow>({
        name: 'changes',
        text: this.#question,
        values: [this.#seen.toString()],
      });
      if (isResuming) this.#isResuming = false;
      for (const row of rows as ChangeRow[]) this.#take(row, isResuming);
      // Changes that were overwritten before the first look are not found any more.
      for (const number of this.#told) if (number <= this.#seen) this.#told.delete(number);
    } while (this.#mustLookAgain);
  }

  #take(row: ChangeRow, isResuming: boolean): void {
    const number = BigInt(row.seq);
    if (number > this.#seen) this.#seen = number;
    if (this.#told.delete(number)) return;
    // A revocation from before that was made good since is none to a new listener.
    if (isResuming && row.isRestored) return;
    if (row.kind === 'statement')
      return this.#tell({ type: 'statement_added', sequence: Number(row.subjectId) });
    this.#tell(
      row.kind === null
        ? { type: 'chain_changed', agentId: row.subjectId }
        : {
            type: 'revoked',
            revocation: {
              kind: row.kind,
              subjectId: row.subjectId,
              reason: row.reason as string,
              at: row.at as string,
            },
          },
    );
  }

  #tell(event: StoreEvent): void {
    // The write is done: a listener that fails must neither fail it nor keep other listeners from the event.
    for (const listener of [...this.#listeners]) notify(listener, event);
  }
}

/** The number of the newest change that is visible. The sequence itself may be ahead of it. */
export async function lastChange(asked: Asked, schema: string): Promise<bigint> {
  const s = quoteIdentifier(schema);
  const { rows } = await asked.query<{ last: string }>(
    `SELECT greatest((SELECT pg_catalog.max(seq) FROM ${s}.revocations), (SELECT pg_catalog.max(version) FROM ${s}.chains),
       (SELECT pg_catalog.max(seq) FROM ${s}.statements), 0) AS last`,
  );
  return BigInt(rows[0]?.last ?? 0);
}
