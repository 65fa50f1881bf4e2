import type {
  DelegationFilter,
  Intent,
  LedgerEntry,
  Revocation,
  RevocationKind,
  StoredAuthority,
  StoredChain,
  TrailEntry,
  TrailHead,
} from '@kaizen-eatp/core';
import type { Pool, QueryConfig, QueryResult } from 'pg';
import { coded, isConnectionLoss } from '../failures.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { isStorable } from '../writing/encode-batch.js';
import { CoalescedReader } from './coalesced-reader.js';
import { CHAIN, INTENT, LEDGER_ENTRY, REVOCATION, TRAIL_ENTRY, type TrailRow, toTrailEntry } from './rows.js';

const FILTER_COLUMNS: Readonly<Record<keyof DelegationFilter, string>> = {
  taskId: 'task_id',
  runId: 'run_id',
  delegatorId: 'delegator_id',
  delegateeId: 'delegatee_id',
  humanId: 'human_id',
  status: 'status',
};

/** One or the other; whoever asks knows which. */
type Row = Partial<StoredChain & StoredAuthority>;

/** Before the id, in the keys of what is asked for together. */
const CHAIN_KEY = 'chain ';
const AUTHORITY_KEY = 'authority ';

/** A text that cannot be stored matches nothing, and must not be sent: encoding it would make it another text. */
const orNothing = (text: string | undefined): string | null =>
  text !== undefined && isStorable(text) ? text : null;

/** Everything that is asked of the tables, each in one statement. */
export class Reader {
  readonly #s: string;
  readonly #chainsAndAuthorities: CoalescedReader<Row>;
  readonly #paths: CoalescedReader<LedgerEntry[]>;

  /** @param hot - who may answer the questions that every step of a run asks, if it has time; else the pool does. */
  constructor(
    private readonly pool: Pool,
    private readonly hot: (question: QueryConfig) => Promise<QueryResult> | undefined,
    schema: string,
  ) {
    this.#s = quoteIdentifier(schema);
    this.#chainsAndAuthorities = new CoalescedReader((keys) => this.#askChainsAndAuthorities(keys));
    this.#paths = new CoalescedReader((ids) => this.#askPaths(ids));
  }

  async readChains(agentIds: readonly string[]): Promise<(StoredChain | undefined)[]> {
    if (agentIds.length === 0) return [];
    const found = await this.#chainsAndAuthorities.read(agentIds.map((id) => CHAIN_KEY + id));
    return agentIds.map((id) => found.get(CHAIN_KEY + id) as StoredChain | undefined);
  }

  listChains({ afterAgentId = '', limit = 100 } = {}): Promise<StoredChain[]> {
    return this.#ask<StoredChain>(
      'list_chains',
      `SELECT ${CHAIN} FROM ${this.#s}.chains WHERE agent_id > $1 ORDER BY agent_id LIMIT $2`,
      [orNothing(afterAgentId), limitOf(limit)],
    );
  }

  async readAuthorities(authorityIds: readonly string[]): Promise<(StoredAuthority | undefined)[]> {
    if (authorityIds.length === 0) return [];
    const found = await this.#chainsAndAuthorities.read(authorityIds.map((id) => AUTHORITY_KEY + id));
    return authorityIds.map((id) => found.get(AUTHORITY_KEY + id) as StoredAuthority | undefined);
  }

  async readDelegationPath(delegationId: string): Promise<LedgerEntry[]> {
    return (await this.#paths.read([delegationId])).get(delegationId) ?? [];
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

  async trailHead(trailId: string): Promise<TrailHead | undefined> {
    const [head] = await this.#ask<{ sequence: string; hash: string }>(
      'trail_head',
      `SELECT sequence, hash FROM ${this.#s}.trail WHERE trail_id = $1 ORDER BY sequence DESC LIMIT 1`,
      [orNothing(trailId)],
    );
    return head && { sequence: Number(head.sequence), hash: head.hash };
  }

  async readTrail(trailId: string, { afterSequence = 0, limit = Infinity } = {}): Promise<TrailEntry[]> {
    const rows = await this.#ask<TrailRow>(
      'read_trail',
      `SELECT ${TRAIL_ENTRY} FROM ${this.#s}.trail WHERE trail_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [orNothing(trailId), afterSequence, limitOf(limit)],
    );
    return rows.map(toTrailEntry);
  }

  openIntents({ trailId }: { trailId?: string } = {}): Promise<Intent[]> {
    const where = trailId === undefined ? '' : 'WHERE trail_id = $1';
    return this.#ask<Intent>(
      `open_intents ${where}`,
      `SELECT ${INTENT} FROM ${this.#s}.intents ${where} ORDER BY seq`,
      trailId === undefined ? [] : [orNothing(trailId)],
    );
  }

  readRevocations(kind: RevocationKind, subjectIds: readonly string[]): Promise<Revocation[]> {
    if (subjectIds.length === 0) return Promise.resolve([]);
    return this.#askHot<Revocation>(
      'read_revocations',
      `SELECT ${REVOCATION} FROM ${this.#s}.revocations WHERE kind = $1 AND subject_id = ANY($2)
       ORDER BY array_position($2, subject_id)`,
      [kind, subjectIds.filter(isStorable)],
    );
  }

  /** In one question, since a step of a run wants both at once. */
  async #askChainsAndAuthorities(keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    const named = (mark: string): string[] =>
      keys.filter((key) => key.startsWith(mark) && isStorable(key)).map((key) => key.slice(mark.length));
    const rows = await this.#askHot<Row & { mark: string }>(
      'read_chains_and_authorities',
      `SELECT '${CHAIN_KEY}' AS mark, ${CHAIN}, NULL AS "authorityId" FROM ${this.#s}.chains
       WHERE agent_id = ANY($1)
       UNION ALL
       SELECT '${AUTHORITY_KEY}', NULL, text, version::text, NULL, authority_id FROM ${this.#s}.authorities
       WHERE authority_id = ANY($2)`,
      [named(CHAIN_KEY), named(AUTHORITY_KEY)],
    );
    const found = new Map<string, Row>();
    for (const { mark, agentId, authorityId, text, version, active } of rows) {
      const row = mark === CHAIN_KEY ? { agentId, text, version, active } : { authorityId, text, version };
      found.set(mark + (mark === CHAIN_KEY ? agentId : authorityId), row);
    }
    return found;
  }

  /** Up to the first, or to one that stands in the path already: what is stored may lead in a circle. */
  async #askPaths(ids: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry[]>> {
    const rows = await this.#askHot<LedgerEntry & { leaf: string }>(
      'read_paths',
      `WITH RECURSIVE path AS (
         SELECT delegation_id AS leaf, 1 AS depth, ARRAY[delegation_id] AS passed, d.*
         FROM ${this.#s}.delegations d WHERE delegation_id = ANY($1)
         UNION ALL
         SELECT path.leaf, path.depth + 1, path.passed || d.delegation_id, d.*
         FROM path JOIN ${this.#s}.delegations d ON d.delegation_id = path.parent_delegation_id
         WHERE NOT d.delegation_id = ANY(path.passed)
       )
       SELECT leaf, ${LEDGER_ENTRY} FROM path ORDER BY leaf, depth`,
      [ids.filter(isStorable)],
    );
    const paths = new Map<string, LedgerEntry[]>();
    for (const { leaf, ...entry } of rows) {
      const path = paths.get(leaf);
      if (path) path.push(entry);
      else paths.set(leaf, [entry]);
    }
    return paths;
  }

  #askHot<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#ask(name, text, values, (question) => this.hot(question) ?? this.pool.query(question));
  }

  #ask<Row>(
    name: string,
    text: string,
    values: readonly unknown[],
    ask = (question: QueryConfig): Promise<QueryResult> => this.pool.query(question),
  ): Promise<Row[]> {
    return coded(async () => {
      const question = { name, text, values: [...values] };
      try {
        return (await ask(question)).rows as Row[];
      } catch (error) {
        // A connection that was idle may have been dropped without our knowing. To ask twice changes nothing.
        if (!isConnectionLoss(error)) throw error;
        return (await this.pool.query(question)).rows as Row[];
      }
    });
  }
}

/** Without a limit where it is beyond what PostgreSQL counts. */
const limitOf = (limit: number): number | null => (Number.isSafeInteger(limit) ? limit : null);
