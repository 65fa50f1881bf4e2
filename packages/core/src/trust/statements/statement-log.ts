import { StatementsError } from '../../errors/index.js';
import type { KeyManager } from '../../signing/index.js';
import type { TrailHead, TrustStore } from '../../store/index.js';
import type { PinnedRoot } from './believed-authority.js';
import { readStatement, type Statement } from './statement.js';
import { TrustState } from './trust-state.js';
import { Turns } from './turns.js';

const PAGE = 500;

/**
 * The statements that this process has read and checked. Each read of trust state carries the head of the log: while it
 * stays the same there is nothing to do, and a head that lies behind the one that this process remembers shows that an
 * older copy of the store was put in place.
 */
export class StatementLog {
  /** The state of trust after the statements. */
  readonly state: TrustState;
  /** Lets this process append one after the other. */
  readonly turns = new Turns();
  #head: TrailHead | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly store: TrustStore,
    private readonly keyManager: KeyManager,
    pins: readonly PinnedRoot[],
  ) {
    this.state = new TrustState(pins);
  }

  /** The last statement that was read. */
  get head(): TrailHead | undefined {
    return this.#head;
  }

  /**
   * Reads the statements up to a head.
   *
   * @returns undefined if all of them are read already, which is the rule.
   * @throws StatementsError `STORE_ROLLED_BACK`, `STATEMENTS_INVALID`.
   */
  follow(head: TrailHead | undefined): Promise<void> | undefined {
    return head?.hash === this.#head?.hash ? undefined : this.#catchUp(head);
  }

  /** Reads the statements that are stored now. @throws as {@link follow}. */
  async refresh(): Promise<void> {
    await this.follow((await this.store.read({ statementsHead: true })).statementsHead);
  }

  async #catchUp(seen: TrailHead | undefined): Promise<void> {
    while (this.#reading) await this.#reading.catch(() => undefined);
    if (seen?.hash === this.#head?.hash) return;
    this.#reading = this.#readOn(seen);
    try {
      await this.#reading;
    } finally {
      this.#reading = undefined;
    }
  }

  async #readOn(seen: TrailHead | undefined): Promise<void> {
    let target = seen;
    if ((target?.sequence ?? 0) <= (this.#head?.sequence ?? 0)) {
      // The older of two answers can come last. An answer to a new question must not be older than the known head.
      target = (await this.store.read({ statementsHead: true })).statementsHead;
      if (target?.hash === this.#head?.hash) return;
      if ((target?.sequence ?? 0) <= (this.#head?.sequence ?? 0)) throw rolledBack(this.#head, target);
    }
    while ((this.#head?.sequence ?? 0) < (target?.sequence ?? 0)) {
      const page = await this.store.readStatements({ afterSequence: this.#head?.sequence ?? 0, limit: PAGE });
      if (page.length === 0) throw rolledBack(this.#head, undefined);
      for (const entry of page) {
        if (this.#head && entry.previousHash !== this.#head.hash) throw rolledBack(this.#head, entry);
        let statement: Statement;
        try {
          statement = readStatement(entry, this.#head);
        } catch (error) {
          throw StatementsError.invalid((error as Error).message, error);
        }
        this.state.add({ statement, isOwn: await this.#isOwn(statement) });
        this.#head = { sequence: entry.sequence, hash: entry.hash };
      }
    }
  }

  /** A key manager that fails cannot vouch for a key. */
  async #isOwn({ kind, keyId, publicKey, body }: Statement): Promise<boolean> {
    if (kind !== 'authority_endorsed' && kind !== 'key_rotated') return false;
    const [id, key] = kind === 'key_rotated' ? [body.new_key_id, body.new_public_key] : [keyId, publicKey];
    try {
      return (await this.keyManager.publicKey(id)) === key;
    } catch {
      return false;
    }
  }
}

const rolledBack = (known: TrailHead | undefined, found: TrailHead | undefined): StatementsError =>
  StatementsError.rolledBack(known?.sequence ?? 0, found?.sequence ?? 0);
