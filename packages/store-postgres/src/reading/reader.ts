import {
  type ArchivedDelegationFilter,
  type DelegationFilter,
  type Disclosure,
  type DurableRunFilter,
  type EarlierChain,
  type Intent,
  isStorableText,
  type LedgerEntry,
  type PersonalDataCount,
  type ReadRequest,
  type ReadResult,
  type RunJournalRecords,
  type RunListPage,
  type RunListQuery,
  type StatementEntry,
  type StoredChain,
  type StoredRun,
  type TrailEntry,
} from '@kaizen-eatp/core/store';
import type { Pool, QueryConfig, QueryResult } from 'pg';
import { coded, isConnectionLoss } from '../failures.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { CoalescedReader } from './coalesced-reader.js';
import {
  collectRows,
  type FoundRecords,
  type PartRow,
  readStatement,
  type WantedRecords,
} from './read-statement.js';
import {
  CHAIN,
  INTENT,
  type IntentRow,
  LEDGER_ENTRY,
  STATEMENT,
  type StatementRow,
  TRAIL_ENTRY,
  type TrailRow,
  toIntent,
  toStatement,
  toTrailEntry,
} from './rows.js';
import { listRuns } from './run-list-reader.js';
import { countPersonalData, findRuns, readRun } from './run-reader.js';

const FILTER_COLUMNS: Readonly<Record<keyof DelegationFilter, string>> = {
  taskId: 'task_id',
  runId: 'run_id',
  delegatorId: 'delegator_id',
  delegateeId: 'delegatee_id',
  person: 'person',
  status: 'status',
};

/** A text that cannot be stored matches nothing, and must not be sent: encoding it would make it another text. */
const orNothing = (text: string | undefined): string | null =>
  text !== undefined && isStorableText(text) ? text : null;

/** Everything that is asked of the tables, each in one statement. */
export class Reader {
  readonly #s: string;
  readonly #records: CoalescedReader;

  /** @param hot - who may answer the questions that every step of a run asks, if it has time; else the pool does. */
  constructor(
    private readonly pool: Pool,
    private readonly hot: (question: QueryConfig) => Promise<QueryResult> | undefined,
    schema: string,
  ) {
    this.#s = quoteIdentifier(schema);
    this.#records = new CoalescedReader((wanted) => this.#askRecords(wanted));
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return this.#records.read(request);
  }

  listChains({ afterAgentId = '', limit = 100 } = {}): Promise<StoredChain[]> {
    return this.#ask<StoredChain>(
      'list_chains',
      `SELECT ${CHAIN} FROM ${this.#s}.chains WHERE agent_id > $1 ORDER BY agent_id LIMIT $2`,
      [orNothing(afterAgentId), limitOf(limit)],
    );
  }

  findDelegations(filter: DelegationFilter): Promise<LedgerEntry[]> {
    const fields = (Object.keys(FILTER_COLUMNS) as (keyof DelegationFilter)[]).filter(
      (field) => filter[field] !== undefined,
    );
    const conditions = fields.map((field, i) => `${FILTER_COLUMNS[field]} = $${i + 1}`);
    return this.#ask<LedgerEntry>(
      `find_delegations ${fields.join(' ')}`,
      `SELECT ${LEDGER_ENTRY} FROM ${this.#s}.delegations WHERE ${conditions.join(' AND ') || 'true'} ORDER BY seq`,
      fields.map((field) => orNothing(filter[field])),
    );
  }

  async findArchivedDelegations({
    delegationIds = [],
    runId,
  }: ArchivedDelegationFilter): Promise<LedgerEntry[]> {
    return this.#ask<LedgerEntry>(
      'find_archived_delegations',
      `SELECT ${LEDGER_ENTRY} FROM ${this.#s}.archived_delegations
       WHERE delegation_id = ANY($1) OR run_id = $2 ORDER BY seq`,
      [delegationIds.filter(isStorableText), runId === undefined ? null : orNothing(runId)],
    );
  }

  async readEarlierChains(agentIds: readonly string[]): Promise<EarlierChain[]> {
    return this.#ask<EarlierChain>(
      'read_earlier_chains',
      `SELECT agent_id AS "agentId", text FROM ${this.#s}.earlier_chains WHERE agent_id = ANY($1) ORDER BY seq`,
      [agentIds.filter(isStorableText)],
    );
  }

  async readDisclosures(digests: readonly string[]): Promise<(Disclosure | undefined)[]> {
    if (digests.length === 0) return [];
    const rows = await this.#ask<Disclosure>(
      'read_disclosures',
      `SELECT digest, person, salt, text FROM ${this.#s}.disclosures WHERE digest = ANY($1)`,
      [digests.filter(isStorableText)],
    );
    const found = new Map(rows.map((row) => [row.digest, row]));
    return digests.map((digest) => found.get(digest));
  }

  async trailHead(trailId: string): Promise<TrailEntry | undefined> {
    const [head] = await this.#ask<TrailRow>(
      'trail_head',
      `SELECT ${TRAIL_ENTRY} FROM ${this.#s}.trail AS t
       WHERE trail_id = $1 AND (sequence = 1 OR EXISTS (
         SELECT 1 FROM ${this.#s}.trail AS b WHERE b.trail_id = t.trail_id AND b.sequence = t.sequence - 1))
       ORDER BY sequence DESC LIMIT 1`,
      [orNothing(trailId)],
    );
    return head && toTrailEntry(head);
  }

  async readTrail(trailId: string, { afterSequence = 0, limit = Infinity } = {}): Promise<TrailEntry[]> {
    const rows = await this.#ask<TrailRow>(
      'read_trail',
      `SELECT ${TRAIL_ENTRY} FROM ${this.#s}.trail WHERE trail_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [orNothing(trailId), afterSequence, limitOf(limit)],
    );
    return rows.map(toTrailEntry);
  }

  async readStatements({ afterSequence = 0, limit = Infinity } = {}): Promise<StatementEntry[]> {
    const rows = await this.#ask<StatementRow>(
      'read_statements',
      `SELECT ${STATEMENT} FROM ${this.#s}.statements WHERE sequence > $1 ORDER BY sequence LIMIT $2`,
      [afterSequence, limitOf(limit)],
    );
    return rows.map(toStatement);
  }

  async openIntents({ trailId }: { trailId?: string } = {}): Promise<Intent[]> {
    const where = trailId === undefined ? '' : 'WHERE trail_id = $1';
    const rows = await this.#ask<IntentRow>(
      `open_intents ${where}`,
      `SELECT ${INTENT} FROM ${this.#s}.intents ${where} ORDER BY seq`,
      trailId === undefined ? [] : [orNothing(trailId)],
    );
    return rows.map(toIntent);
  }

  countPersonalData(person: string): Promise<PersonalDataCount> {
    return countPersonalData((...question) => this.#ask(...question), this.#s, person);
  }

  readRun(runId: string): Promise<RunJournalRecords | undefined> {
    return readRun((name, text, values) => this.#ask(name, text, values), this.#s, runId);
  }

  findRuns(filter: DurableRunFilter): Promise<StoredRun[]> {
    return findRuns((name, text, values) => this.#ask(name, text, values), this.#s, filter);
  }

  listRuns(query: RunListQuery): Promise<RunListPage> {
    return listRuns((name, text, values) => this.#ask(name, text, values), this.#s, query);
  }

  async #askRecords(wanted: WantedRecords): Promise<FoundRecords> {
    const statement = readStatement(this.#s, wanted);
    if (!statement) return collectRows([]);
    const question = { ...statement, rowMode: 'array' };
    return collectRows(await this.#send<PartRow>(question, this.hot(question)));
  }

  #ask<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#send({ name, text, values: [...values] });
  }

  #send<Row>(question: QueryConfig, asked?: Promise<QueryResult>): Promise<Row[]> {
    return coded(async () => {
      try {
        return (await (asked ?? this.pool.query(question))).rows as Row[];
      } catch (error) {
        // An idle connection may have been dropped without notice. Asking twice changes nothing.
        if (!isConnectionLoss(error)) throw error;
        return (await this.pool.query(question)).rows as Row[];
      }
    });
  }
}

/** Without a limit where it is beyond what PostgreSQL counts. */
const limitOf = (limit: number): number | null => (Number.isSafeInteger(limit) ? limit : null);
