import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { ForwardingStore, type StorePlace, type StorePlaceFactory } from '@kaizen-eatp/testing';

/** The smallest store that outlives its process: a line of JSON for each batch, read again when it is opened. */
export class JournalStore extends ForwardingStore {
  #last: Promise<void> = Promise.resolve();
  #isDead = false;

  constructor(protected readonly path: string) {
    super(new MemoryTrustStore());
  }

  static async open<T extends JournalStore>(this: new (path: string) => T, path: string): Promise<T> {
    const store = new this(path);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    // The last one has no line feed if a crash cut it off.
    for (const line of lines.slice(0, -1)) await store.inner.commit(JSON.parse(line) as StoreWrite[]);
    return store;
  }

  /** Finishes the write in progress, and writes a piece of the next line. */
  async crash(): Promise<void> {
    this.#isDead = true;
    await this.#last;
    appendFileSync(this.path, '[{"op":"put_ch');
  }

  override commit(writes: readonly StoreWrite[]): Promise<void> {
    const turn = this.#last.then(() => this.write(writes));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  protected async write(writes: readonly StoreWrite[]): Promise<void> {
    await super.commit(writes);
    await this.journal(writes);
  }

  protected async journal(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#isDead) throw new Error('the process is gone');
    await appendFile(this.path, `${JSON.stringify(writes)}\n`);
  }
}

/** The module that opens the journal in another process. */
export const journalModule = new URL('./elsewhere/open-journal.mjs', import.meta.url);

/** A folder of its own for each place. @param elsewhere - how the store behaves in another process. */
export const journalPlace =
  (Journal: typeof JournalStore = JournalStore, elsewhere: object = {}): StorePlaceFactory =>
  (): StorePlace => {
    const folder = mkdtempSync(join(tmpdir(), 'kaizen-eatp-journal-'));
    return {
      open: () => Journal.open(join(folder, 'journal.jsonl')),
      argument: { path: join(folder, 'journal.jsonl'), ...elsewhere },
      crash: (store) => (store as JournalStore).crash(),
      dispose: () => rmSync(folder, { recursive: true }),
    };
  };
