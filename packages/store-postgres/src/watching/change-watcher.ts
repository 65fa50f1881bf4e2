import type { StoreError } from '@kaizen-eatp/core/errors';
import { notify } from '@kaizen-eatp/core/plugin';
import type { StoreEvent } from '@kaizen-eatp/core/store';
import type { Client, Pool } from 'pg';
import { connect, destroy, hold } from '../connection/connections.js';
import { toStoreError } from '../failures.js';
import type { Settings } from '../options.js';
import { channelOf, quoteIdentifier } from '../schema/schema-name.js';
import type { ChangeFeed } from './change-feed.js';

const SHORTEST_WAIT = 50;
const LONGEST_WAIT = 2_000;

/**
 * Makes the feed look: when the server pushes a notification, and at every `pollInterval` in case a push was lost.
 * It has a separate connection, made for the first listener, which reconnects for as long as there are listeners; while
 * it is down, the pool is asked. Nothing here keeps a process alive.
 */
export class ChangeWatcher {
  #client: Client | undefined;
  #isConnecting = false;
  #isClosed = false;
  #isFailing = false;
  #wait = SHORTEST_WAIT;
  #poll: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly pool: Pool,
    private readonly feed: ChangeFeed,
  ) {}

  watch(listener: (event: StoreEvent) => void): () => void {
    if (this.#isClosed) return () => undefined;
    const stop = this.feed.add(listener);
    if (!this.#poll) {
      this.#poll = setInterval(() => this.#look(), this.settings.pollInterval).unref();
      // The first look finds out where this listener's time begins.
      this.#look();
    }
    if (this.settings.push) void this.#listen();
    return () => {
      stop();
      if (this.feed.isHeard) return;
      clearInterval(this.#poll);
      clearTimeout(this.#reconnect);
      this.#poll = undefined;
    };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#reconnect);
    if (this.#client) destroy(this.#client);
  }

  #look(): void {
    // A look that fails is made up for by the next; a dead connection ends itself after its timeout.
    this.feed.look(this.#client ?? this.pool).then(
      () => {
        this.#isFailing = false;
      },
      (error) => this.#distrust(error),
    );
  }

  /** After a timeout the connection cannot be used any more, though the driver leaves it open. */
  #distrust(error: unknown): void {
    if (!this.#isFailing && !this.#isClosed) {
      this.#isFailing = true;
      notify(this.settings.onWatchFailure, toStoreError(error) as StoreError);
    }
    if (this.#client && (error as Error).message === 'Query read timeout') destroy(this.#client);
  }

  async #listen(): Promise<void> {
    if (this.#client || this.#isConnecting || this.#isClosed) return;
    this.#isConnecting = true;
    try {
      const client = await connect(this.settings, 'watch', (ended) => this.#lost(ended));
      hold(client, false);
      client.on('notification', () => this.#look());
      await client.query(`LISTEN ${quoteIdentifier(channelOf(this.settings.schema))}`);
      if (this.#isClosed) return destroy(client);
      this.#client = client;
      this.#wait = SHORTEST_WAIT;
      // No push reported the changes between the loss of the last connection and this one.
      this.#look();
    } catch {
      this.#retry();
    } finally {
      this.#isConnecting = false;
    }
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#retry();
  }

  #retry(): void {
    if (this.#isClosed || !this.feed.isHeard) return;
    clearTimeout(this.#reconnect);
    this.#reconnect = setTimeout(() => void this.#listen(), this.#wait).unref();
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
