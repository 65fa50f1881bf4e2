import {
  type ArchivedDelegationFilter,
  type EarlierChain,
  isStorableText,
  type LedgerEntry,
} from '@kaizen-eatp/core/store';
import type { Database } from 'better-sqlite3';
import { LEDGER_COLUMNS } from './ledger-table.js';

/** The records that are no longer in use, which receipts need. */
export class HistoryTable {
  readonly #chains;
  readonly #byId;
  readonly #byRun;

  constructor(db: Database) {
    this.#chains = db.prepare<[string], EarlierChain>(
      'SELECT agent_id AS agentId, text FROM eatp_earlier_chains WHERE agent_id = ? ORDER BY ordinal',
    );
    const archived = `SELECT ${LEDGER_COLUMNS} FROM eatp_archived_delegations WHERE`;
    this.#byId = db.prepare<[string], LedgerEntry>(`${archived} delegation_id = ?`);
    this.#byRun = db.prepare<[string], LedgerEntry>(`${archived} run_id = ? ORDER BY ordinal`);
  }

  earlierChains(agentIds: readonly string[]): EarlierChain[] {
    return agentIds.filter(isStorableText).flatMap((id) => this.#chains.all(id));
  }

  archivedDelegations({ delegationIds = [], runId }: ArchivedDelegationFilter): LedgerEntry[] {
    const found = new Map<string, LedgerEntry>();
    for (const entry of runId !== undefined && isStorableText(runId) ? this.#byRun.all(runId) : [])
      found.set(entry.delegationId, entry);
    for (const id of delegationIds.filter(isStorableText)) {
      const entry = this.#byId.get(id);
      if (entry) found.set(id, entry);
    }
    return [...found.values()];
  }
}
