import { createHash } from 'node:crypto';
import { authorityCodec, type HumanOrigin, humanOriginCodec } from '../chain/index.js';
import { VerificationDeniedError } from '../errors/index.js';
import { canonicalJson, formatTimestamp, type JsonObject } from '../wire/index.js';
import { type ChainEvidence, type DelegationEvidence, Unreadable } from './chain-evidence.js';
import { checkPath } from './delegation-path.js';
import type { Kernel } from './kernel.js';
import { foldDelegation } from './lasting-delegation.js';
import { chainToMintFrom, type MintingChain } from './mint-gate.js';
import { View } from './view.js';

/**
 * What shows an agent elsewhere that it was really asked to do something, and by whose authority. All are JSON texts,
 * to be carried byte for byte.
 */
export interface InvocationProof {
  /** What is to be done, signed by the authority of the agent that is to do it. Good for {@link VALID_FOR}. */
  readonly invocation: string;
  /**
   * The chains of the agent and of every delegator above it, the agent's own last. The delegation that each acts under
   * is folded in, so that the reference verifies them at `full`.
   */
  readonly chains: readonly string[];
  /** The authorities that signed the chains. */
  readonly authorities: readonly string[];
}

/** What is proven. */
export interface ProvenInvocation {
  readonly invocationId: string;
  readonly taskId: string;
  readonly runId?: string;
  readonly agentId: string;
  readonly action: string;
  /** Null: by its own right. */
  readonly delegationId: string | null;
  readonly humanOrigin?: HumanOrigin;
}

const VERSION = '1';
/** In milliseconds. */
export const VALID_FOR = 5 * 60_000;

/** Signs what is to be done, and collects what it rests on. @throws VerificationDeniedError, InvalidTrustChainError. */
export async function proveInvocation(
  kernel: Kernel,
  what: ProvenInvocation,
  payloadSha256: string | undefined,
): Promise<InvocationProof> {
  const behind = await chainsBehind(kernel, what);
  const agent = behind.at(-1) as MintingChain;
  const chains = [...(await chainsOfLasting(kernel, behind)), ...behind.map(({ evidence }) => evidence)];
  const ids = new Set(chains.flatMap(({ authorityIds }) => authorityIds));
  const authorities = await kernel.readAuthorities([...ids]);
  const now = kernel.now();
  const chainTexts = chains.map(({ text }) => text);
  const authorityTexts = [...authorities.values()].map((authority) => authorityCodec.encodeText(authority));
  const content: JsonObject = {
    version: VERSION,
    invocation_id: what.invocationId,
    task_id: what.taskId,
    run_id: what.runId ?? null,
    agent_id: what.agentId,
    action: what.action,
    delegation_id: what.delegationId,
    human_origin: what.humanOrigin ? humanOriginCodec.encode(what.humanOrigin) : null,
    authority_id: agent.authority.id,
    payload_sha256: payloadSha256 ?? null,
    evidence_sha256: evidenceDigest(chainTexts, authorityTexts),
    issued_at: formatTimestamp(new Date(now)),
    expires_at: formatTimestamp(new Date(now + VALID_FOR)),
  };
  return {
    invocation: canonicalJson({ ...content, signature: await kernel.sign(content, agent.authority) }),
    chains: chainTexts,
    authorities: authorityTexts,
  };
}

/** Binds every byte of what comes along, also what no other signature covers (docs/protocol.md, "Proof"). */
function evidenceDigest(chains: readonly string[], authorities: readonly string[]): string {
  const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
  const all = (texts: readonly string[]): Buffer => sha256(Buffer.concat(texts.map(sha256)));
  return sha256(Buffer.concat([all(chains), all(authorities)])).toString('hex');
}

/** From the first delegator to the agent, each with what it was delegated folded into its chain. */
async function chainsBehind(kernel: Kernel, what: ProvenInvocation): Promise<MintingChain[]> {
  const view = new View(kernel);
  const { agentId, action, delegationId, taskId } = what;
  if (delegationId === null) return [await chainToMintFrom(kernel, agentId, view)];
  const path = await checkPath(view, { delegationId, delegateeId: agentId, taskId });
  if ('code' in path) throw new VerificationDeniedError(agentId, action, path);
  const links = [...path.links].reverse();
  const first = (links[0] as DelegationEvidence).record.delegatorId;
  const chains = [await chainToMintFrom(kernel, first, view)];
  for (const link of links) {
    const own = await chainToMintFrom(kernel, link.record.delegateeId, view);
    const evidence = await folded(kernel, own, link, chains.at(-1) as MintingChain);
    chains.push({ ...own, evidence });
  }
  return chains;
}

/** Lasting delegations stand in chains already; whoever verifies them looks up the chains of those who made them. */
async function chainsOfLasting(kernel: Kernel, behind: readonly MintingChain[]): Promise<ChainEvidence[]> {
  const known = new Set(behind.map(({ evidence }) => evidence.chain.agentId));
  const found: ChainEvidence[] = [];
  for (let next = behind.map(({ evidence }) => evidence); next.length > 0; ) {
    const ids = new Set(next.flatMap(({ chain }) => chain.delegations.map((d) => d.delegatorId)));
    next = [];
    for (const stored of await kernel.store.readChains([...ids].filter((id) => !known.has(id)))) {
      const evidence = stored && kernel.chainEvidence(stored);
      if (!evidence || evidence instanceof Unreadable) continue;
      known.add(evidence.chain.agentId);
      next.push(evidence);
    }
    found.push(...next);
  }
  return found;
}

interface Folded {
  readonly own: ChainEvidence;
  readonly delegator: ChainEvidence;
  readonly evidence: ChainEvidence;
}

/** Folding signs; for as long as a delegation and both chains are what they were, once is enough. */
const foldedBefore = new WeakMap<DelegationEvidence, Folded>();

async function folded(
  kernel: Kernel,
  own: MintingChain,
  link: DelegationEvidence,
  delegator: MintingChain,
): Promise<ChainEvidence> {
  const before = foldedBefore.get(link);
  if (before?.own === own.evidence && before.delegator === delegator.evidence) return before.evidence;
  const evidence = await foldDelegation(kernel, own.evidence, own.authority, link.record, delegator);
  foldedBefore.set(link, { own: own.evidence, delegator: delegator.evidence, evidence });
  return evidence;
}
