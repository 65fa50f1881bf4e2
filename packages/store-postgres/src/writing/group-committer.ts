import type { StoreWrite } from '@kaizen-eatp/core/store';
import type { Client, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { connect, destroy, hold } from '../connection/connections.js';
import {
  closedError,
  isConnectionLoss,
  isLockTimeout,
  isTransient,
  toStoreError,
  wasNotSent,
} from '../failures.js';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { directCall } from './direct-call.js';
import { type EncodedBatch, encodeBatch } from './encode-batch.js';

/** Subtransactions that PostgreSQL keeps track of in memory; beyond, every reader pays. */
const MOST_BATCHES = 60;
const MOST_BYTES = 4_000_000;
/** How often a group is sent again that the server undid for another's sake. */
const ATTEMPTS = 5;

interface Waiting extends EncodedBatch {
  resolve(changes: readonly string[]): void;
  reject(error: unknown): void;
}

interface Verdict {
  readonly changes: readonly string[] | null;
  readonly code: string | null;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/**
 * Writes on one connection of its own. Batches that come while others are under way wait, and then go together: one
 * round trip and one flush to disk for all of them. A batch that fails fails alone.
 */
export class GroupCommitter {
  readonly #waiting: Waiting[] = [];
  readonly #s: string;
  readonly #one: string;
  readonly #many: string;
  #client: Client | undefined;
  #reading: Promise<void> | undefined;
  #isWriting = false;
  #isClosed = false;
  #idle = (): void => undefined;

  constructor(private readonly settings: Settings) {
    const s = quoteIdentifier(settings.schema);
    this.#s = s;
    this.#one = `SELECT ${s}.apply_one($1, $2) AS changes`;
    this.#many = `SELECT * FROM ${s}.apply_batches($1, $2)`;
  }

  /**
   * Settles once the server has said that the commit is on disk.
   *
   * @returns for each write that watchers hear of, its number among all changes; `0` if nothing changed.
   * @throws StoreError as {@link TrustStore.commit}; with `evidence.outcome` `unknown` if the connection broke
   * before the server answered.
   */
  commit(writes: readonly StoreWrite[]): Promise<readonly string[]> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...encodeBatch(writes), resolve, reject });
      if (!this.#isWriting) void this.#drain();
    });
  }

  /**
   * Asks on the connection that writes, if it has nothing else to do: a step of a run reads and writes in turns, and
   * one session of the server that stays awake answers sooner than two that wake each other.
   *
   * @returns undefined if it is busy, or not connected.
   */
  askIfIdle<Row extends QueryResultRow>(question: QueryConfig): Promise<QueryResult<Row>> | undefined {
    const client = this.#client;
    if (!client || this.#isWriting || this.#reading || this.#isClosed) return undefined;
    hold(client, true);
    const answer = client.query<Row>(question);
    const done = (): void => {
      this.#reading = undefined;
      hold(client, false);
    };
    this.#reading = answer.then(done, done);
    return answer;
  }

  /** Ends once what was given to it is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
    if (this.#isWriting) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await this.#client?.end().catch(() => undefined);
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    // Those that are called in the same turn go together from the start.
    await undefined;
    while (this.#waiting.length > 0) await this.#write(this.#nextGroup());
    this.#isWriting = false;
    this.#idle();
  }

  #nextGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const batch of this.#waiting) {
      bytes += batch.size;
      if (count > 0 && (count === MOST_BATCHES || bytes > MOST_BYTES)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    if (this.#reading) await this.#reading;
    for (let attempt = 1; ; attempt++) {
      let client: Client;
      try {
        client = await this.#connection();
      } catch (error) {
        const refusal = toStoreError(error);
        for (const { reject } of group) reject(refusal);
        return;
      }
      hold(client, true);
      try {
        const verdicts = await this.#send(client, group);
        hold(client, false);
        for (const [i, batch] of group.entries()) settle(batch, verdicts[i] as Verdict);
        return;
      } catch (error) {
        hold(client, false);
        const isLost = isConnectionLoss(error);
        if (isLost) this.#drop(client);
        if ((isTransient(error) || wasNotSent(error)) && attempt < ATTEMPTS) continue;
        const failure = toStoreError(error, isLost && !wasNotSent(error) ? 'unknown' : 'nothing_written');
        // A batch that waited for a lock in vain must not fail those that need none.
        const free = isLockTimeout(error) ? group.filter(({ locks }) => locks.length === 0) : [];
        if (free.length > 0 && free.length < group.length) this.#waiting.unshift(...free);
        const failed = free.length < group.length ? group.filter((batch) => !free.includes(batch)) : group;
        for (const { reject } of failed) reject(failure);
        return;
      }
    }
  }

  async #send(client: Client, group: readonly Waiting[]): Promise<readonly Verdict[]> {
    const locks = [...new Set(group.flatMap((batch) => batch.locks))];
    const [only] = group;
    if (only && group.length === 1) {
      const direct = directCall(only, this.#s);
      if (direct) {
        await client.query(direct);
        return [{ changes: [], code: null, message: '' }];
      }
      const values = [only.json(), locks];
      return (await client.query({ name: 'apply_one', text: this.#one, values })).rows;
    }
    const values = [`[${group.map((batch) => batch.json()).join(',')}]`, locks];
    return (await client.query({ name: 'apply_batches', text: this.#many, values })).rows;
  }

  async #connection(): Promise<Client> {
    if (this.#client) return this.#client;
    const client = await connect(this.settings, 'write', (ended) => this.#drop(ended));
    this.#client = client;
    return client;
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    destroy(client);
  }
}

function settle({ resolve, reject }: Waiting, verdict: Verdict): void {
  if (verdict.code) reject(toStoreError(verdict));
  else resolve(verdict.changes ?? []);
}
