import { expectNewRecord, expectOpenIntent, type Intent, notIntentOwner } from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';

const COLUMNS = `invocation_id AS invocationId, trail_id AS trailId, task_id AS taskId, agent_id AS agentId, action,
  method, resource, delegation_id AS delegationId, person, attempt, input_digest AS inputDigest, owner,
  opened_at AS openedAt, authority_id AS authorityId, code`;

/** Open intents. A row is deleted when its anchor is appended, so the table is as small as the work under way. */
export class IntentTable {
  readonly #open;
  readonly #retire;
  readonly #isRetired;
  readonly #close;
  readonly #all;
  readonly #ofTrail;
  #ordinal = 0;

  constructor(db: Database) {
    this.#open = db.prepare(`
      INSERT INTO eatp_intents (ordinal, invocation_id, trail_id, task_id, agent_id, action, method, resource,
        delegation_id, person, attempt, input_digest, owner, opened_at, authority_id, code)
      VALUES (@ordinal, @invocationId, @trailId, @taskId, @agentId, @action, @method, @resource, @delegationId,
        @person, @attempt, @inputDigest, @owner, @openedAt, @authorityId, @code)
      ON CONFLICT (invocation_id) DO NOTHING`);
    this.#retire = db.prepare('INSERT INTO eatp_retired_owners (owner) VALUES (?) ON CONFLICT DO NOTHING');
    this.#isRetired = db.prepare('SELECT 1 FROM eatp_retired_owners WHERE owner = ?').pluck();
    this.#close = db.prepare('DELETE FROM eatp_intents WHERE invocation_id = ?');
    this.#all = db.prepare<[], Intent>(`SELECT ${COLUMNS} FROM eatp_intents ORDER BY ordinal`);
    this.#ofTrail = db.prepare<[string], Intent>(
      `SELECT ${COLUMNS} FROM eatp_intents WHERE trail_id = ? ORDER BY ordinal`,
    );
  }

  /** Takes no further intent of an owner. */
  retire(owner: string): void {
    this.#retire.run(owner);
  }

  open(intent: Intent): void {
    if (this.#isRetired.get(intent.owner) !== undefined) throw notIntentOwner(intent.owner);
    // Microseconds on the clock that the processes of a machine share; later than this one's last in any case.
    const now = Math.floor((performance.timeOrigin + performance.now()) * 1_000);
    this.#ordinal = Math.max(this.#ordinal + 1, now);
    const { changes } = this.#open.run({ ...intent, ordinal: this.#ordinal });
    expectNewRecord(`intent ${intent.invocationId}`, changes > 0);
  }

  /** @throws StoreError `STORE_CONFLICT` unless it is open. */
  close(invocationId: string): void {
    expectOpenIntent(invocationId, this.#close.run(invocationId).changes > 0);
  }

  list(trailId: string | undefined): Intent[] {
    return trailId === undefined ? this.#all.all() : this.#ofTrail.all(trailId);
  }
}
