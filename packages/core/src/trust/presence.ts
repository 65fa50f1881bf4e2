import { randomUuid } from '#crypto';
import { isEatpError } from '../errors/index.js';
import type { TrustStore } from '../store/index.js';

/**
 * Shows the store that this process lives, under the name that its intents have, so that other processes leave its intents to
 * it. The name is announced before the first intent, so that a process that only reads costs nothing.
 */
export class Presence {
  #owner: string = randomUuid();
  #isAnnounced = false;
  #announcing: Promise<void> | undefined;
  #release: (() => Promise<void>) | undefined;

  constructor(private readonly store: TrustStore) {}

  /** Identifies this process instance as the owner of the intents that it opens. */
  get owner(): string {
    return this.#owner;
  }

  /** @returns undefined if the name is announced already. @throws StoreError. */
  announce(): Promise<void> | undefined {
    if (this.#isAnnounced) return undefined;
    this.#announcing ??= this.#announce().finally(() => {
      this.#announcing = undefined;
    });
    return this.#announcing;
  }

  /** Waits for a commit that opens an intent of an owner. @throws what the commit throws. */
  async as(owner: string, commit: Promise<void>): Promise<void> {
    try {
      await commit;
    } catch (error) {
      this.#refused(error, owner);
      throw error;
    }
  }

  /** Ends the presence: the intents that are still open can be closed by others. */
  async leave(): Promise<void> {
    await this.#announcing?.catch(() => undefined);
    this.#isAnnounced = false;
    const release = this.#release;
    this.#release = undefined;
    await release?.();
  }

  /**
   * Takes another name if others took this process for ended, for instance because it was stopped for a long time.
   * Work that it had begun by then is closed by others; work that begins now is not affected.
   */
  #refused(error: unknown, owner: string): void {
    if (!isEatpError(error, 'STORE_NOT_OWNER') || owner !== this.#owner) return;
    if (error.evidence.owner !== owner) return;
    this.#rename();
    this.#release?.().catch(() => undefined);
  }

  async #announce(): Promise<void> {
    try {
      this.#release = await this.store.announceOwner(this.#owner);
      this.#isAnnounced = true;
    } catch (error) {
      // The store can have taken the name all the same, and takes each once.
      this.#rename();
      throw error;
    }
  }

  #rename(): void {
    this.#owner = randomUuid();
    this.#isAnnounced = false;
  }
}
