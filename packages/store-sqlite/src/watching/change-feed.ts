import type { StoreError } from '@kaizen-eatp/core/errors';
import { notify } from '@kaizen-eatp/core/plugin';
import { formatTimestamp } from '@kaizen-eatp/core/records';
import type { Revocation, StoreEvent } from '@kaizen-eatp/core/store';
import type { DatabaseFile } from '../connection/database-file.js';
import { isBusy, storeFailure } from '../failures.js';

/** The last revocation, change of a chain and statement that watchers were notified of. */
export interface Cursors {
  readonly revocations: number;
  readonly chains: number;
  readonly statements: number;
}

interface ChainChange {
  readonly ordinal: number;
  readonly agentId: string;
  readonly active: number | null;
  readonly deletedAt: string | null;
}

type Listener = (event: StoreEvent) => void;

/**
 * Tells of changes, of one's own at once and of others' by looking at intervals. SQLite has no push between
 * processes; its counter of foreign commits makes a look that finds nothing cost a few microseconds.
 *
 * Python revokes an agent by marking its chain as ended and leaves no other trace, so watchers receive a chain that
 * another process ended as a revocation of its agent.
 */
export class ChangeFeed {
  readonly #listeners = new Set<Listener>();
  readonly #counter;
  readonly #newest;
  readonly #revocations;
  readonly #chains;
  readonly #statements;
  #cursors: Cursors = { revocations: 0, chains: 0, statements: 0 };
  #seen: unknown;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;

  constructor(
    private readonly file: DatabaseFile,
    private readonly interval: number,
    private readonly onFailure: (error: StoreError) => void,
  ) {
    const { db } = file;
    this.#counter = db.prepare('PRAGMA data_version').pluck();
    this.#newest = db.prepare<[], Cursors>(`
      SELECT coalesce((SELECT max(ordinal) FROM eatp_revocations), 0) AS revocations,
        coalesce((SELECT max(ordinal) FROM eatp_chain_changes), 0) AS chains,
        coalesce((SELECT max(sequence) FROM eatp_statements), 0) AS statements`);
    this.#revocations = db.prepare<[number], Revocation & { ordinal: number }>(
      `SELECT ordinal, kind, subject_id AS subjectId, reason, at FROM eatp_revocations
       WHERE ordinal > ? ORDER BY ordinal`,
    );
    this.#statements = db
      .prepare<[number], number>('SELECT sequence FROM eatp_statements WHERE sequence > ? ORDER BY sequence')
      .pluck();
    this.#chains = db.prepare<[number], ChainChange>(
      `SELECT changed.ordinal, changed.agent_id AS agentId, active, deleted_at AS deletedAt
       FROM eatp_chain_changes AS changed LEFT JOIN trust_chains USING (agent_id)
       WHERE changed.ordinal > ? ORDER BY changed.ordinal`,
    );
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** @throws StoreError if the store cannot be read. @returns what ends it. */
  add(listener: Listener): () => void {
    const own: Listener = (event) => listener(event);
    if (!this.isWatched) this.start();
    this.#listeners.add(own);
    return () => {
      if (this.#listeners.delete(own) && !this.isWatched) this.stop();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.stop();
  }

  /** Finds the changes of other connections since the last look. Nothing is moved on; see {@link moveTo}. */
  look(): { readonly events: StoreEvent[]; readonly cursors: Cursors } {
    const revocations = this.#revocations.all(this.#cursors.revocations);
    const chains = this.#chains.all(this.#cursors.chains);
    const statements = this.#statements.all(this.#cursors.statements);
    const told = new Set(revocations.map(({ kind, subjectId }) => `${kind} ${subjectId}`));
    const events: StoreEvent[] = [];
    for (const { agentId, active, deletedAt } of chains) {
      events.push({ type: 'chain_changed', agentId });
      if (active !== 1 && !told.has(`agent ${agentId}`)) events.push(endedByOthers(agentId, deletedAt));
    }
    for (const { kind, subjectId, reason, at } of revocations) {
      events.push({ type: 'revoked', revocation: { kind, subjectId, reason, at } });
    }
    // After the revocations: an event that names what ended says more.
    for (const sequence of statements) events.push({ type: 'statement_added', sequence });
    return {
      events,
      cursors: {
        revocations: revocations.at(-1)?.ordinal ?? this.#cursors.revocations,
        chains: chains.at(-1)?.ordinal ?? this.#cursors.chains,
        statements: statements.at(-1) ?? this.#cursors.statements,
      },
    };
  }

  newest(): Cursors {
    return this.#newest.get() as Cursors;
  }

  moveTo(cursors: Cursors): void {
    this.#cursors = cursors;
  }

  /** Notifies the listeners. The writes are done, so an error of a listener is only reported as a warning. */
  tell(events: readonly StoreEvent[]): void {
    for (const event of events) {
      for (const listener of this.#listeners) notify(listener, event, warn);
    }
  }

  private start(): void {
    try {
      this.#seen = this.#counter.get();
      this.moveTo(this.newest());
    } catch (error) {
      throw storeFailure(error, this.file.path);
    }
    this.#timer = setInterval(() => this.poll(), this.interval).unref();
  }

  private stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  private poll(): void {
    try {
      const counter = this.#counter.get();
      if (counter !== this.#seen) {
        const { events, cursors } = this.look();
        this.#seen = counter;
        this.moveTo(cursors);
        this.tell(events);
      }
      this.#isFailing = false;
    } catch (error) {
      // The next look finds the changes that this one missed.
      if (isBusy(error) || this.#isFailing) return;
      this.#isFailing = true;
      notify(this.onFailure, storeFailure(error, this.file.path) as StoreError, warn);
    }
  }
}

const warn = (error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error));

const endedByOthers = (agentId: string, deletedAt: string | null): StoreEvent => ({
  type: 'revoked',
  revocation: {
    kind: 'agent',
    subjectId: agentId,
    reason: 'its chain was ended in the shared store',
    at: deletedAt ?? formatTimestamp(new Date()),
  },
});
