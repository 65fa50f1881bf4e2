import { createHash } from 'node:crypto';
import {
  authorityCodec,
  type DelegationBinding,
  type HumanOrigin,
  humanOriginCodec,
} from '../../chain/index.js';
import { VerificationDeniedError } from '../../errors/index.js';
import { canonicalJson, formatTimestamp, type JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { foldDelegation } from '../issue/lasting-delegation.js';
import { expectSigningChain, type SigningChain } from '../issue/signing-gate.js';
import { ReadSet } from '../read-set.js';
import { judgePath } from '../verify/delegation-path.js';
import { type ParsedChain, type ParsedDelegation, Unreadable } from '../verify/parsed-records.js';

/**
 * Proves to an agent in another process that it was asked to do something, and by whose authority. All fields are JSON
 * strings, to be sent byte for byte.
 */
export interface InvocationProof {
  /** The action to do, signed by the authority of the agent that is to do it. Valid for {@link VALID_FOR}. */
  readonly invocation: string;
  /**
   * The chains of the agent and of every delegator above it, the agent's own last. The delegation that each acts under
   * is folded in, so that the reference verifies them at `full`.
   */
  readonly chains: readonly string[];
  /** The authorities that signed the chains. */
  readonly authorities: readonly string[];
}

/** The invocation that is proven. */
export interface ProvenInvocation {
  readonly invocationId: string;
  readonly taskId: string;
  readonly runId?: string;
  readonly agentId: string;
  readonly action: string;
  /** Null: by its own right. */
  readonly delegationId: string | null;
  /** The run, invocation and person that the delegation was made for. */
  readonly binding?: DelegationBinding | undefined;
  readonly humanOrigin?: HumanOrigin;
}

const VERSION = '1';
/** In milliseconds. */
export const VALID_FOR = 5 * 60_000;

/** Signs the action to do, and collects the records that it depends on. @throws VerificationDeniedError, InvalidTrustChainError. */
export async function proveInvocation(
  deployment: Deployment,
  what: ProvenInvocation,
  payloadSha256: string | undefined,
): Promise<InvocationProof> {
  const behind = await chainsBehind(deployment, what);
  const agent = behind.at(-1) as SigningChain;
  const chains = [...(await chainsOfLasting(deployment, behind)), ...behind.map(({ evidence }) => evidence)];
  const ids = new Set(chains.flatMap(({ authorityIds }) => authorityIds));
  const authorities = await deployment.readAuthorities([...ids]);
  const now = deployment.now();
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
    invocation: canonicalJson({ ...content, signature: await deployment.sign(content, agent.authority) }),
    chains: chainTexts,
    authorities: authorityTexts,
  };
}

/** Covers every byte of the chains and authorities, since no other signature covers all of it (docs/protocol.md, "Proof"). */
function evidenceDigest(chains: readonly string[], authorities: readonly string[]): string {
  const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
  const all = (texts: readonly string[]): Buffer => sha256(Buffer.concat(texts.map(sha256)));
  return sha256(Buffer.concat([all(chains), all(authorities)])).toString('hex');
}

/** From the first delegator to the agent, each with what it was delegated folded into its chain. */
async function chainsBehind(deployment: Deployment, what: ProvenInvocation): Promise<SigningChain[]> {
  const reads = new ReadSet(deployment);
  const { agentId, action, delegationId, binding } = what;
  if (delegationId === null) return [await expectSigningChain(deployment, agentId, reads)];
  const path = await judgePath(reads, { delegationId, delegateeId: agentId, binding });
  if ('code' in path) throw new VerificationDeniedError(agentId, action, path);
  const links = [...path.links].reverse();
  const first = (links[0] as ParsedDelegation).record.delegatorId;
  const chains = [await expectSigningChain(deployment, first, reads)];
  for (const link of links) {
    const own = await expectSigningChain(deployment, link.record.delegateeId, reads);
    const evidence = await folded(deployment, own, link, chains.at(-1) as SigningChain);
    chains.push({ ...own, evidence });
  }
  return chains;
}

/** Finds the chains of those who made the lasting delegations in these chains: a verifier looks them up. */
async function chainsOfLasting(
  deployment: Deployment,
  behind: readonly SigningChain[],
): Promise<ParsedChain[]> {
  const known = new Set(behind.map(({ evidence }) => evidence.chain.agentId));
  const found: ParsedChain[] = [];
  for (let next = behind.map(({ evidence }) => evidence); next.length > 0; ) {
    const ids = new Set(next.flatMap(({ chain }) => chain.delegations.map((d) => d.delegatorId)));
    next = [];
    for (const stored of await deployment.store.readChains([...ids].filter((id) => !known.has(id)))) {
      const evidence = stored && deployment.chainEvidence(stored);
      if (!evidence || evidence instanceof Unreadable) continue;
      known.add(evidence.chain.agentId);
      next.push(evidence);
    }
    found.push(...next);
  }
  return found;
}

interface Folded {
  readonly own: ParsedChain;
  readonly delegator: ParsedChain;
  readonly evidence: ParsedChain;
}

/** Writing a delegation into a chain signs it. Once is enough while the delegation and both chains are the same. */
const foldedBefore = new WeakMap<ParsedDelegation, Folded>();

async function folded(
  deployment: Deployment,
  own: SigningChain,
  link: ParsedDelegation,
  delegator: SigningChain,
): Promise<ParsedChain> {
  const before = foldedBefore.get(link);
  if (before?.own === own.evidence && before.delegator === delegator.evidence) return before.evidence;
  const evidence = await foldDelegation(deployment, own.evidence, own.authority, link.record, delegator);
  foldedBefore.set(link, { own: own.evidence, delegator: delegator.evidence, evidence });
  return evidence;
}
