import { formatTimestamp } from '@kaizen-eatp/core/records';
import {
  type CloseDelegations,
  type DelegationFilter,
  expectNewRecord,
  expectOffered,
  type LedgerEntry,
  type Revocation,
} from '@kaizen-eatp/core/store';
import type { Database, Statement } from 'better-sqlite3';

export const LEDGER_COLUMNS = `delegation_id AS delegationId, task_id AS taskId, run_id AS runId, delegator_id AS delegatorId,
  delegatee_id AS delegateeId, parent_delegation_id AS parentDelegationId, invocation_id AS invocationId, person, nonce, text, status`;

/** The column of each criterion, the one that narrows most first: it alone may choose the index. */
const CRITERIA = [
  ['runId', 'run_id'],
  ['taskId', 'task_id'],
  ['person', 'person'],
  ['delegateeId', 'delegatee_id'],
  ['delegatorId', 'delegator_id'],
  ['status', 'status'],
] as const satisfies readonly (readonly [keyof DelegationFilter, string])[];

/** Indexes that go by a second column, after their first. */
const PAIRS: Readonly<Record<string, string>> = {
  task_id: 'delegatee_id',
  person: 'status',
  delegatee_id: 'status',
  delegator_id: 'status',
};

export class LedgerTable {
  readonly #add;
  readonly #read;
  readonly #accept;
  readonly #closeRun;
  readonly #closeTask;
  readonly #revokeOne;
  readonly #revokePerson;
  readonly #byCriteria = new Map<string, Statement<unknown[], LedgerEntry>>();

  constructor(private readonly db: Database) {
    this.#add = db.prepare(`
      INSERT INTO eatp_delegations (delegation_id, task_id, run_id, invocation_id, delegator_id, delegatee_id,
        parent_delegation_id, person, nonce, text, status, ended_at)
      SELECT @delegationId, @taskId, @runId, @invocationId, @delegatorId, @delegateeId, @parentDelegationId,
        @person, @nonce, @text, @status, @endedAt
      WHERE NOT EXISTS (SELECT 1 FROM eatp_archived_delegations WHERE delegation_id = @delegationId)
      ON CONFLICT (delegation_id) DO NOTHING`);
    this.#read = db.prepare<[string], LedgerEntry>(
      `SELECT ${LEDGER_COLUMNS} FROM eatp_delegations WHERE delegation_id = ?`,
    );
    const end = 'UPDATE eatp_delegations SET ended_at = ?, status =';
    this.#accept = db.prepare(`${end} 'accepted' WHERE delegation_id = ? AND +status = 'offered'`);
    const inForce = "+status = 'in_force'";
    this.#closeRun = db.prepare(`${end} 'closed' WHERE run_id = ? AND ${inForce}`);
    this.#closeTask = db.prepare(
      `${end} 'closed' WHERE task_id = ? AND +delegator_id = ? AND +run_id IS NULL AND ${inForce}`,
    );
    this.#revokePerson = db.prepare(
      `${end} 'revoked' WHERE person = ? AND status IN ('in_force', 'offered')`,
    );
    this.#revokeOne = db.prepare(
      "UPDATE eatp_delegations SET ended_at = coalesce(ended_at, ?), status = 'revoked' WHERE delegation_id = ?",
    );
  }

  add(entry: LedgerEntry): void {
    const endedAt = entry.status === 'in_force' || entry.status === 'offered' ? null : now();
    const { changes } = this.#add.run({ ...entry, endedAt });
    expectNewRecord(`delegation ${entry.delegationId}`, changes > 0);
  }

  accept(delegationId: string): void {
    const { changes } = this.#accept.run(now(), delegationId);
    expectOffered(delegationId, changes > 0);
  }

  read(delegationId: string): LedgerEntry | undefined {
    return this.#read.get(delegationId);
  }

  find(filter: DelegationFilter): LedgerEntry[] {
    const { where, values, key } = conditions(filter);
    let statement = this.#byCriteria.get(key);
    if (!statement) {
      statement = this.db.prepare(
        `SELECT ${LEDGER_COLUMNS} FROM eatp_delegations WHERE ${where} ORDER BY ordinal`,
      );
      this.#byCriteria.set(key, statement);
    }
    return statement.all(...values);
  }

  close({ runId, taskId, delegatorId }: CloseDelegations): void {
    if (runId !== undefined) this.#closeRun.run(now(), runId);
    // Those of a run end with it, not with the task that it names.
    else this.#closeTask.run(now(), taskId, delegatorId);
  }

  revoke({ kind, subjectId }: Revocation): void {
    if (kind === 'delegation') this.#revokeOne.run(now(), subjectId);
    if (kind === 'person') this.#revokePerson.run(now(), subjectId);
  }
}

const now = (): string => formatTimestamp(new Date());

/**
 * A plus before a column keeps SQLite from choosing the index by it: without statistics it might take one that
 * everything an agent ever did matches.
 */
function conditions(filter: DelegationFilter): { where: string; values: string[]; key: string } {
  const given = CRITERIA.filter(([field]) => filter[field] !== undefined);
  const first = given[0]?.[1] ?? '';
  const where = given.map(([, column]) =>
    column === first || PAIRS[first] === column ? `${column} = ?` : `+${column} = ?`,
  );
  return {
    where: where.join(' AND ') || 'TRUE',
    values: given.map(([field]) => filter[field] as string),
    key: given.map(([, column]) => column).join(),
  };
}
