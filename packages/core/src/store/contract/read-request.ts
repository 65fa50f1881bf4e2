import { isStorableText } from './storable-text.js';
import type {
  LedgerEntry,
  Revocation,
  RevocationKind,
  StoredAuthority,
  StoredChain,
  TrailHead,
} from './stored-records.js';

/** Names the records to read. Each list can be omitted, and can name a record twice. */
export interface ReadRequest {
  /** Ids of the agents whose chains are read. */
  readonly chains?: readonly string[];
  /** Ids of the authorities to read. */
  readonly authorities?: readonly string[];
  /** Ids of the delegations whose paths are read. */
  readonly delegationPaths?: readonly string[];
  /** The subjects whose revocations are read, by kind. */
  readonly revocations?: readonly RevocationRequest[];
  /** Whether the head of the log of statements is read. Default: false. */
  readonly statementsHead?: boolean;
}

/** Names subjects of one kind whose revocations are read. */
export interface RevocationRequest {
  /** The kind of the subjects. */
  readonly kind: RevocationKind;
  /** Ids of agents or delegations, or pseudonyms of persons. */
  readonly subjectIds: readonly string[];
}

/** The records that {@link TrustStore.read} found at one moment, list by list of the request. */
export interface ReadResult {
  /** The chains, in the order of the request; undefined where there is none. */
  readonly chains: (StoredChain | undefined)[];
  /** The authorities, in the order of the request; undefined where there is none. */
  readonly authorities: (StoredAuthority | undefined)[];
  /** For each delegation its path: itself, the one it was made under, and so on to the first. Empty if it is unknown. */
  readonly delegationPaths: LedgerEntry[][];
  /** For each kind of the request the revocations found, in the order of its subjects. */
  readonly revocations: Revocation[][];
  /** The place and hash of the last statement; absent if there is none, or if the request does not ask for it. */
  readonly statementsHead?: TrailHead | undefined;
}

/** Looks up one record at a time; a store provides it for {@link answerRead}. */
export interface RecordLookup {
  /** The chain of an agent. */
  chain(agentId: string): StoredChain | undefined;
  /** The authority with an id. */
  authority(authorityId: string): StoredAuthority | undefined;
  /** The ledger entry of a delegation. */
  delegation(delegationId: string): LedgerEntry | undefined;
  /** The revocation of a subject. */
  revocation(kind: RevocationKind, subjectId: string): Revocation | undefined;
  /** The place and hash of the last statement. */
  statementsHead(): TrailHead | undefined;
}

/**
 * Answers a request by single lookups, for stores that look records up synchronously. The caller makes sure that all
 * lookups see the same moment. An id that no store can keep is not looked up.
 */
export function answerRead(request: ReadRequest, lookup: RecordLookup): ReadResult {
  const { chains = [], authorities = [], delegationPaths = [], revocations = [] } = request;
  const head = request.statementsHead === true ? lookup.statementsHead() : undefined;
  return {
    chains: chains.map((id) => (isStorableText(id) ? lookup.chain(id) : undefined)),
    authorities: authorities.map((id) => (isStorableText(id) ? lookup.authority(id) : undefined)),
    delegationPaths: delegationPaths.map((id) => (isStorableText(id) ? pathFrom(id, lookup) : [])),
    revocations: revocations.map(({ kind, subjectIds }) =>
      subjectIds.flatMap((id) => (isStorableText(id) ? (lookup.revocation(kind, id) ?? []) : [])),
    ),
    ...(head && { statementsHead: head }),
  };
}

/** Follows a delegation up to the first, or to one that is on the path already: stored records can form a cycle. */
function pathFrom(delegationId: string, lookup: RecordLookup): LedgerEntry[] {
  const path: LedgerEntry[] = [];
  const passed = new Set<string>();
  for (let id: string | null = delegationId; id !== null && !passed.has(id); ) {
    const entry: LedgerEntry | undefined = lookup.delegation(id);
    if (!entry) break;
    path.push(entry);
    passed.add(id);
    id = entry.parentDelegationId;
  }
  return path;
}
