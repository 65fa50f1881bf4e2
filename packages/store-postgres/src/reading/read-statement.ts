import type {
  LedgerEntry,
  ReadRequest,
  Revocation,
  StoredAuthority,
  StoredChain,
  TrailHead,
} from '@kaizen-eatp/core/store';
import type { QueryConfig } from 'pg';

/** The keys of what is to be read, without duplicates. */
export interface WantedRecords {
  readonly chains: ReadonlySet<string>;
  readonly authorities: ReadonlySet<string>;
  readonly delegationPaths: ReadonlySet<string>;
  /** Pairs of kind and subject, by {@link revocationKey}. */
  readonly revocations: ReadonlyMap<string, readonly [kind: string, subjectId: string]>;
  /** Holds one name if the head of the log of statements is wanted, else none. */
  readonly statementsHead: ReadonlySet<string>;
}

/** The records that one statement found. */
export interface FoundRecords {
  readonly chains: ReadonlyMap<string, StoredChain>;
  readonly authorities: ReadonlyMap<string, StoredAuthority>;
  readonly delegationPaths: ReadonlyMap<string, LedgerEntry[]>;
  readonly revocations: ReadonlyMap<string, Revocation>;
  /** The head, under {@link HEAD}. */
  readonly statementsHead: ReadonlyMap<string, TrailHead>;
}

/** The name of the one head. */
export const HEAD = 'head';

export const revocationKey = (kind: string, subjectId: string): string => `${kind} ${subjectId}`;

/** A row of any part: the name of the part, then the part's values as strings. */
export type PartRow = readonly [part: string, ...values: (string | null)[]];

/** Keeps what a part's rows say. */
type Collected = { [Part in keyof FoundRecords]: Map<string, unknown> };

interface Part {
  /** Selects the part's values. Every column is a string, since all parts are rows of one result. */
  select(s: string, parameter: (type: string) => string): string;
  readonly columns: number;
  values(wanted: WantedRecords): readonly (readonly string[])[];
  collect(row: PartRow, into: Collected): void;
}

const LEDGER_COLUMNS = `delegation_id, task_id, run_id, invocation_id, delegator_id, delegatee_id,
  parent_delegation_id, person, nonce, text, status`;

const PARTS: Readonly<Record<keyof ReadRequest, Part>> = {
  chains: {
    columns: 4,
    select: (s, parameter) =>
      `SELECT agent_id, text, version::text, active::text FROM ${s}.chains WHERE agent_id = ANY(${parameter('text[]')})`,
    values: ({ chains }) => [[...chains]],
    collect: ([, agentId, text, version, active], { chains }) =>
      chains.set(agentId as string, { agentId, text, version, active: active === 'true' }),
  },
  authorities: {
    columns: 3,
    select: (s, parameter) =>
      `SELECT authority_id, text, version::text FROM ${s}.authorities WHERE authority_id = ANY(${parameter('text[]')})`,
    values: ({ authorities }) => [[...authorities]],
    collect: ([, authorityId, text, version], { authorities }) =>
      authorities.set(authorityId as string, { authorityId, text, version }),
  },
  delegationPaths: {
    columns: 13,
    // Up to the first, or to one that is on the path already: stored records can form a cycle.
    select: (s, parameter) => `SELECT leaf, depth::text, ${LEDGER_COLUMNS} FROM (
      WITH RECURSIVE path AS (
        SELECT delegation_id AS leaf, 1 AS depth, ARRAY[delegation_id] AS passed, d.*
        FROM ${s}.delegations d WHERE delegation_id = ANY(${parameter('text[]')})
        UNION ALL
        SELECT path.leaf, path.depth + 1, path.passed || d.delegation_id, d.*
        FROM path JOIN ${s}.delegations d ON d.delegation_id = path.parent_delegation_id
        WHERE NOT d.delegation_id = ANY(path.passed)
      ) SELECT * FROM path) AS paths`,
    values: ({ delegationPaths }) => [[...delegationPaths]],
    collect: ([, leaf, depth, ...columns], { delegationPaths }) => {
      const path = (delegationPaths.get(leaf as string) as LedgerEntry[]) ?? [];
      path[Number(depth) - 1] = ledgerEntry(columns);
      delegationPaths.set(leaf as string, path);
    },
  },
  revocations: {
    columns: 4,
    select: (s, parameter) =>
      `SELECT r.kind, r.subject_id, r.reason, r.at FROM ${s}.revocations r
       JOIN unnest(${parameter('text[]')}, ${parameter('text[]')}) AS wanted (kind, subject_id)
         ON r.kind = wanted.kind AND r.subject_id = wanted.subject_id`,
    values: ({ revocations }) => {
      const pairs = [...revocations.values()];
      return [pairs.map(([kind]) => kind), pairs.map(([, subjectId]) => subjectId)];
    },
    collect: ([, kind, subjectId, reason, at], { revocations }) =>
      revocations.set(revocationKey(kind as string, subjectId as string), { kind, subjectId, reason, at }),
  },
  statementsHead: {
    columns: 2,
    select: (s) =>
      `SELECT sequence::text, hash FROM (SELECT * FROM ${s}.statements ORDER BY sequence DESC LIMIT 1) AS last`,
    values: () => [],
    collect: ([, sequence, hash], { statementsHead }) =>
      statementsHead.set(HEAD, { sequence: Number(sequence), hash }),
  },
};

const PART_NAMES = Object.keys(PARTS) as (keyof ReadRequest)[];

/** A statement that reads everything that is wanted; one statement sees one moment. */
export function readStatement(s: string, wanted: WantedRecords): QueryConfig | undefined {
  const names = PART_NAMES.filter((name) => sizeOf(wanted[name]) > 0);
  if (names.length === 0) return undefined;
  const width = Math.max(...names.map((name) => PARTS[name].columns));
  const values: (readonly string[])[] = [];
  let parameters = 0;
  const selects = names.map((name) => {
    const part = PARTS[name];
    values.push(...part.values(wanted));
    const select = part.select(s, (type) => {
      parameters += 1;
      return `$${parameters}::${type}`;
    });
    const padding = ', NULL::text'.repeat(width - part.columns);
    return `SELECT '${name}'::text, part.*${padding} FROM (${select}) AS part`;
  });
  return { name: `read ${names.join(' ')}`, text: selects.join('\nUNION ALL\n'), values };
}

/** Sorts the rows of {@link readStatement} by what they are. */
export function collectRows(rows: readonly PartRow[]): FoundRecords {
  const found = {
    chains: new Map(),
    authorities: new Map(),
    delegationPaths: new Map(),
    revocations: new Map(),
    statementsHead: new Map(),
  };
  for (const row of rows) PARTS[row[0] as keyof ReadRequest].collect(row, found);
  return found;
}

const sizeOf = (keys: ReadonlySet<string> | ReadonlyMap<string, unknown>): number => keys.size;

function ledgerEntry(columns: readonly (string | null)[]): LedgerEntry {
  const [delegationId, taskId, runId, invocationId, delegatorId, delegateeId, ...others] = columns;
  const [parentDelegationId, person, nonce, text, status] = others;
  return {
    ...{ delegationId, taskId, runId, invocationId, delegatorId, delegateeId },
    ...{ parentDelegationId, person, nonce, text, status },
  } as LedgerEntry;
}
