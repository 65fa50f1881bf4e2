import { createHash } from 'node:crypto';
import { authorityCodec, bindingText, type DelegationBinding, digestedBinding } from '../../chain/index.js';
import { VerificationDeniedError } from '../../errors/index.js';
import type { LedgerEntry } from '../../store/index.js';
import { canonicalJson, formatTimestamp, type JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { foldDelegation } from '../issue/lasting-delegation.js';
import { expectSigningChain, type SigningChain } from '../issue/signing-gate.js';
import { originText } from '../person-digest.js';
import { type Person, personContext } from '../persons.js';
import { ReadSet } from '../read-set.js';
import { judgePath } from '../verify/delegation-path.js';
import { type ParsedChain, type ParsedDelegation, Unreadable } from '../verify/parsed-records.js';

/**
 * Shows an agent elsewhere that it was really asked to do something, and by whose authority. All parts are JSON
 * strings, to be carried byte for byte.
 */
export interface InvocationProof {
  /** The invocation, signed by the authority of the agent that is invoked. Valid for {@link VALID_FOR}. */
  readonly invocation: string;
  /**
   * The chains of the agent and of every delegator above it, the agent's own last. The delegation that each acts under
   * is folded in, so that the reference verifies them at `full`.
   */
  readonly chains: readonly string[];
  /** The authorities that signed the chains. */
  readonly authorities: readonly string[];
  /**
   * For the delegation that the agent acts under and each one above it, in this order, the run, the invocation and the
   * person that it was made for. The delegation's id is `del-` and the SHA-256 of this string.
   */
  readonly bindings: readonly string[];
  /** The person's data with the salt: the string that the signed digest covers. Absent without a person. */
  readonly person?: string;
}

/** The one delivery that a proof is for, so that it proves nothing elsewhere. */
export interface ProofTarget {
  /** SHA-256, in hex, of the bytes in which the input travels, so that they cannot be exchanged. */
  readonly payloadSha256?: string;
  /** A name of the recipient and of this delivery that only the recipient accepts, and only once. */
  readonly audience?: string;
}

/** The invocation that is proven. */
export interface ProvenInvocation {
  /** The id of the invocation. */
  readonly invocationId: string;
  /** The task that it belongs to. */
  readonly taskId: string;
  /** The run; undefined outside runs. */
  readonly runId?: string;
  /** The agent that is asked to act. */
  readonly agentId: string;
  /** The action that was verified. */
  readonly action: string;
  /** The delegation that the agent acts under; null: its own right. */
  readonly delegationId: string | null;
  /** The run, the invocation and the person that the delegation was made for. */
  readonly binding?: DelegationBinding | undefined;
  /** The person on whose behalf it is done. */
  readonly person?: Person | undefined;
}

const VERSION = '2';
/** The validity of a proof, in milliseconds. */
export const VALID_FOR = 5 * 60_000;

/**
 * Signs the action to do, and collects the records that it depends on.
 *
 * @throws VerificationDeniedError, InvalidTrustChainError.
 */
export async function proveInvocation(
  deployment: Deployment,
  what: ProvenInvocation,
  { payloadSha256, audience }: ProofTarget,
): Promise<InvocationProof> {
  const { chains: behind, entries } = await chainsBehind(deployment, what);
  const agent = behind.at(-1) as SigningChain;
  const chains = [...(await chainsOfLasting(deployment, behind)), ...behind.map(({ evidence }) => evidence)];
  const ids = new Set(chains.flatMap(({ authorityIds }) => authorityIds));
  const authorities = await deployment.readAuthorities([...ids]);
  const now = deployment.now();
  const chainTexts = chains.map(({ text }) => text);
  const authorityTexts = [...authorities.values()].map((authority) => authorityCodec.encodeText(authority));
  const bindings = entries.map((entry) => bindingText(entry, entry.nonce));
  const { person, binding } = what;
  const content: JsonObject = {
    version: VERSION,
    invocation_id: what.invocationId,
    task_id: what.taskId,
    run_id: what.runId ?? null,
    agent_id: what.agentId,
    action: what.action,
    delegation_id: what.delegationId,
    delegated_for: binding ? digestedBinding(binding) : null,
    person: person ? personContext(person) : null,
    authority_id: agent.authority.id,
    payload_sha256: payloadSha256 ?? null,
    audience: audience ?? null,
    evidence_sha256: evidenceDigest(chainTexts, authorityTexts, bindings),
    issued_at: formatTimestamp(new Date(now)),
    expires_at: formatTimestamp(new Date(now + VALID_FOR)),
  };
  return {
    invocation: canonicalJson({ ...content, signature: await deployment.sign(content, agent.authority) }),
    chains: chainTexts,
    authorities: authorityTexts,
    bindings,
    ...(person && { person: originText(person.salt, person.origin) }),
  };
}

/** Binds every byte of the evidence, including those that no other signature covers (docs/protocol.md, "Proof"). */
function evidenceDigest(...lists: readonly (readonly string[])[]): string {
  const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
  const all = (texts: readonly string[]): Buffer => sha256(Buffer.concat(texts.map(sha256)));
  return sha256(Buffer.concat(lists.map(all))).toString('hex');
}

/** The authority behind an invocation. */
interface Behind {
  /** The agents from the first delegator to the one that acts, each with its delegation folded into its chain. */
  readonly chains: readonly SigningChain[];
  /** The delegations; the one to the agent comes first. */
  readonly entries: readonly LedgerEntry[];
}

async function chainsBehind(deployment: Deployment, what: ProvenInvocation): Promise<Behind> {
  const reads = new ReadSet(deployment);
  const { agentId, action, delegationId, binding } = what;
  if (delegationId === null)
    return { chains: [await expectSigningChain(deployment, agentId, reads)], entries: [] };
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
  return { chains, entries: reads.path(delegationId) };
}

/** Lasting delegations are in chains already. A verifier looks up the chains of the agents that made them. */
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

/**
 * Writing a delegation into a chain signs it. The result is reused while the delegation and both chains are unchanged.
 */
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
