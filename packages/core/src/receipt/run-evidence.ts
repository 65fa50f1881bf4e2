import { type AuditAnchor, delegationCodec } from '../chain/index.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { Disclosure, LedgerEntry, TrailEntry } from '../store/index.js';
import { readAnchor } from '../trust/audit/anchor.js';
import { isRunEnding } from '../trust/audit/trail-judge.js';
import type { Deployment } from '../trust/deployment.js';
import { ParsedChain, readChain } from '../trust/verify/parsed-records.js';
import { jsonMember, timestampToMillis } from '../wire/index.js';

/** The records of an ended run, as the store has them. */
export interface RunEvidence {
  /** The task of the run. */
  readonly taskId: string;
  /** The entries of the trail, in order. */
  readonly entries: readonly TrailEntry[];
  /** The delegations that the anchors depend on, each after those that it was made under. */
  readonly delegations: readonly LedgerEntry[];
  /** The personal data behind the digests that the anchors sign; without those of erased persons. */
  readonly disclosures: readonly Disclosure[];
  /** The chains of the agents that acted or delegated, in the states that the run saw. */
  readonly chains: readonly ParsedChain[];
  /** The chain that signed the end of the run. */
  readonly ender: ParsedChain | undefined;
}

/**
 * Collects the records of a run from the store.
 *
 * @throws InvalidArgumentError if the store has no run of this id, or if the run has not ended.
 */
export async function collectEvidence(deployment: Deployment, runId: string): Promise<RunEvidence> {
  const entries = await deployment.store.readTrail(runId);
  const anchors = entries.flatMap(({ text }) => readAnchor(text) ?? []);
  const last = anchors.at(-1);
  if (!last || !isRunEnding(last)) throw noReceipt(runId, entries.length);
  const delegations = await collectDelegations(deployment, runId, anchors);
  const chains = await collectChains(deployment, anchors, delegations);
  const digests = anchors.map(({ context }) => jsonMember(jsonMember(context, 'person') ?? null, 'digest'));
  const disclosures = await deployment.store.readDisclosures([
    ...new Set(digests.filter((digest) => typeof digest === 'string')),
  ]);
  return {
    taskId: String(jsonMember(last.context, 'task_id')),
    entries,
    delegations,
    disclosures: disclosures.filter((disclosure) => disclosure !== undefined),
    chains,
    ender: chains.find(({ trustChainHash }) => trustChainHash === last.trustChainHash),
  };
}

const noReceipt = (runId: string, entries: number): InvalidArgumentError =>
  new InvalidArgumentError(`Run '${runId}' has no receipt`, {
    expected: 'the id of a run that has ended, successfully or not',
    received: entries === 0 ? 'a run that is not in the store' : 'a run without an end',
    remedy: 'Check the id. A run that a crash interrupted has no end until it is resumed.',
    evidence: { runId },
  });

/** The delegations of the run and those that its anchors name, with all above them, archived or not. */
async function collectDelegations(
  { store }: Deployment,
  runId: string,
  anchors: readonly AuditAnchor[],
): Promise<LedgerEntry[]> {
  const found = new Map<string, LedgerEntry>();
  const keep = (entries: readonly LedgerEntry[]): void => {
    for (const entry of entries) found.set(entry.delegationId, entry);
  };
  keep(await store.findDelegations({ runId }));
  keep(await store.findArchivedDelegations({ runId }));
  const named = anchors.map(({ context }) => jsonMember(context, 'delegation_id'));
  let wanted = new Set(named.filter((id) => typeof id === 'string'));
  for (;;) {
    for (const { parentDelegationId } of found.values())
      if (parentDelegationId !== null) wanted.add(parentDelegationId);
    const missing = [...wanted].filter((id) => !found.has(id));
    if (missing.length === 0) break;
    const { delegationPaths } = await store.read({ delegationPaths: missing });
    keep(delegationPaths.flat());
    keep(await store.findArchivedDelegations({ delegationIds: missing.filter((id) => !found.has(id)) }));
    // Those that are not there any more are missing in the receipt, which its verification reports.
    wanted = new Set([...wanted].filter((id) => !missing.includes(id)));
  }
  return inOrder(found);
}

/** Puts each delegation after the one that it was made under. */
function inOrder(found: ReadonlyMap<string, LedgerEntry>): LedgerEntry[] {
  const ordered = new Set<LedgerEntry>();
  const add = (entry: LedgerEntry | undefined, above: ReadonlySet<LedgerEntry>): void => {
    if (!entry || ordered.has(entry) || above.has(entry)) return;
    add(found.get(entry.parentDelegationId ?? ''), new Set([...above, entry]));
    ordered.add(entry);
  };
  for (const entry of found.values()) add(entry, new Set());
  return [...ordered];
}

/**
 * The chains that the anchors name by their hashes, those that the delegators had when they delegated, and those of the
 * agents that made the lasting delegations in these chains.
 */
async function collectChains(
  deployment: Deployment,
  anchors: readonly AuditAnchor[],
  delegations: readonly LedgerEntry[],
): Promise<ParsedChain[]> {
  const chains = new Set<ParsedChain>();
  const delegators = delegations.map(({ delegatorId }) => delegatorId);
  const versions = await versionsOf(deployment, [...anchors.map(({ agentId }) => agentId), ...delegators]);
  for (const { agentId, trustChainHash } of anchors) {
    const signer = versions.get(agentId)?.find((version) => version.trustChainHash === trustChainHash);
    if (signer) chains.add(signer);
  }
  for (const { delegatorId, text } of delegations) {
    const at = timestampToMillis(delegationCodec.decodeText(text).delegatedAt);
    const known = versions.get(delegatorId) ?? [];
    const then = known.filter((version) => issuedAt(version) <= at).at(-1) ?? known.at(-1);
    // The delegation can depend on any of the chains that were signed in the same millisecond.
    for (const version of known) if (then && issuedAt(version) === issuedAt(then)) chains.add(version);
  }
  const lasting = new Set<string>();
  for (const { chain } of chains) for (const { delegatorId } of chain.delegations) lasting.add(delegatorId);
  for (const known of (await versionsOf(deployment, [...lasting])).values()) {
    const current = known.at(-1);
    if (current && ![...chains].some(({ text }) => text === current.text)) chains.add(current);
  }
  return [...chains];
}

/** The chains that each agent had, oldest first, with the present one at the end. */
async function versionsOf(
  { store }: Deployment,
  given: readonly string[],
): Promise<Map<string, ParsedChain[]>> {
  const agentIds = [...new Set(given)];
  const present = (await store.readChains(agentIds)).filter((chain) => chain !== undefined);
  const versions = new Map<string, ParsedChain[]>();
  for (const { agentId, text } of [...(await store.readEarlierChains(agentIds)), ...present]) {
    const chain = readChain(text);
    if (!(chain instanceof ParsedChain) || chain.chain.agentId !== agentId) continue;
    const known = versions.get(agentId);
    if (known) known.push(chain);
    else versions.set(agentId, [chain]);
  }
  return versions;
}

/** When the newest record of a chain was signed, in milliseconds since the epoch. */
const issuedAt = ({ chain }: ParsedChain): number =>
  Math.max(
    timestampToMillis(chain.genesis.createdAt),
    ...chain.capabilities.map(({ attestedAt }) => timestampToMillis(attestedAt)),
  );
