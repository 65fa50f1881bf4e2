import { VERIFICATION_LEVELS, type VerificationLevel } from '../../chain/index.js';
import { describe, InvalidArgumentError, StatementsError } from '../../errors/index.js';
import { turnOfEventLoop } from '../../wire/event-loop.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { judgeChainDelegations } from './chain-delegations.js';
import { judgeKnownSignatures } from './chain-signatures.js';
import { judgeConstraints } from './constraint-verdict.js';
import { type DelegationPath, judgePath } from './delegation-path.js';
import { mayDo } from './delegation-rights.js';
import { type Denial, type DenialEvidence, deny } from './denial.js';
import { type ParsedChain, Unreadable } from './parsed-records.js';
import { denied, NONE, permitted } from './results.js';
import { revokedPerson } from './revocations.js';
import type { GuardedRequest, VerificationRequest, VerificationResult } from './types.js';

/** Verification with its hooks. Never throws because of a denial: anything unexpected denies. */
export async function verify(
  deployment: Deployment,
  request: GuardedRequest,
  reads: ReadSet = new ReadSet(deployment),
): Promise<VerificationResult> {
  const question = copyOf(request);
  const turn = turnOfEventLoop();
  if (turn) await turn;
  const level = expectLevel(question.level ?? 'standard');
  const { hooks } = deployment.settings;
  try {
    if (!hooks.beforeVerify && !hooks.afterVerify) return await judge(reads, question, level);
    return await judgeWithHooks(reads, question, level);
  } catch (error) {
    if (error instanceof StatementsError) return denied(level, deny(error.denialCode, error.message));
    return denied(level, deny('VERIFIER_FAILED', (error as Error)?.message ?? 'unknown'));
  }
}

async function judgeWithHooks(
  reads: ReadSet,
  question: GuardedRequest,
  level: VerificationLevel,
): Promise<VerificationResult> {
  const { hooks } = reads.deployment.settings;
  const asked = shownToHooks(question);
  const objection = hooks.beforeVerify && (await hooks.beforeVerify(asked));
  if (objection !== undefined) return denied(level, hookDenial(objection));
  const result = await judge(reads, question, level);
  const veto = hooks.afterVerify && (await hooks.afterVerify(asked, result));
  return veto !== undefined && result.valid ? denied(level, hookDenial(veto)) : result;
}

/** A hook permits by returning undefined. Any other value denies. */
const hookDenial = (reason: unknown): Denial =>
  deny('HOOK_DENIED', typeof reason === 'string' && reason ? reason : 'the hook gave no clear answer');

/** A hook sees a public request; it must not reach what the guard judges by. */
function shownToHooks({
  binding: _binding,
  guarded: _guarded,
  ...request
}: GuardedRequest): VerificationRequest {
  return Object.freeze(request);
}

async function judge(
  reads: ReadSet,
  request: GuardedRequest,
  level: VerificationLevel,
): Promise<VerificationResult> {
  const { agentId, delegationId, guarded } = request;
  const need = reads.need({ agentIds: [agentId], delegationId });
  if (need) await need;
  const evidence = findChain(reads, agentId);
  if ('code' in evidence) return denied(level, about(evidence, { agentId }));
  if (level === 'quick') {
    return evidence.isExpired(reads.now)
      ? denied(level, deny('EXPIRED', 'the trust chain has expired', { agentId }))
      : permitted(level, evidence.labels, NONE);
  }
  const needAuthorities = reads.needAuthorities(evidence.authorityIds);
  if (needAuthorities) await needAuthorities;
  const found =
    (guarded?.person ? revokedPerson(reads, guarded.person) : undefined) ??
    judgeChain(reads, evidence, level === 'full');
  const denial = found instanceof Promise ? await found : found;
  if (denial) return denied(level, about(denial, { agentId }));
  const asked = delegationId === undefined ? BY_OWN_RIGHT : judgeDelegation(reads, request, level);
  const path = asked instanceof Promise ? await asked : asked;
  if ('code' in path) return denied(level, delegationId === undefined ? path : about(path, { delegationId }));
  return (
    findScopeDenial(reads, request, level, evidence, path) ??
    judgeConstraints(reads, request, level, evidence, path)
  );
}

/** The chain of the agent that asks, if it is in force and can be read. */
function findChain(reads: ReadSet, agentId: string): ParsedChain | Denial {
  const stored = reads.chain(agentId);
  if (!stored) return deny('NO_CHAIN', `agent ${agentId} has no trust chain`);
  if (!stored.active) return deny('REVOKED', `the trust of agent ${agentId} is revoked`);
  const evidence = reads.deployment.chainEvidence(stored);
  if (evidence instanceof Unreadable) return deny('CHAIN_MALFORMED', evidence.reason);
  return evidence.chain.agentId === agentId
    ? evidence
    : deny('CHAIN_MISPLACED', `the stored chain is that of ${evidence.chain.agentId}`);
}

/** Its authorities have been read by then. */
function judgeChain(
  reads: ReadSet,
  evidence: ParsedChain,
  fresh: boolean,
): Denial | undefined | Promise<Denial | undefined> {
  const denial = judgeKnownSignatures(reads, evidence, fresh) ?? evidence.constraintsDenial;
  if (denial) return denial;
  if (reads.now > evidence.expiresAt) return deny('EXPIRED', 'the trust chain has expired');
  return evidence.chain.delegations.length > 0 ? judgeChainDelegations(reads, evidence, fresh) : undefined;
}

const BY_OWN_RIGHT: DelegationPath = { links: NONE, delegatorIds: NONE };

const judgeDelegation = (
  reads: ReadSet,
  { agentId, delegationId = '', binding }: GuardedRequest,
  level: VerificationLevel,
) => judgePath(reads, { delegationId, delegateeId: agentId, binding, fresh: level === 'full' });

/** Adds the subject of a denial to its evidence. Evidence of the denial itself is more exact, and is kept. */
const about = (denial: Denial, evidence: DenialEvidence): Denial =>
  Object.freeze({ ...denial, evidence: Object.freeze({ ...evidence, ...denial.evidence }) });

/** Whether the agent's own capabilities, or what was delegated to it, cover the action. */
function findScopeDenial(
  { now }: ReadSet,
  { agentId, action, delegationId }: GuardedRequest,
  level: VerificationLevel,
  evidence: ParsedChain,
  path: DelegationPath,
): VerificationResult | undefined {
  if (mayDo(now, evidence, path.links, action)) return undefined;
  const about = { agentId, action };
  return denied(
    level,
    delegationId === undefined
      ? deny('CAPABILITY_NOT_HELD', `no capability of agent ${agentId} covers '${action}'`, about)
      : deny('DELEGATION_SCOPE', `delegation ${delegationId} does not give '${action}'`, {
          ...about,
          delegationId,
        }),
  );
}

/** A frozen copy, so that a hook cannot change the request that is answered. */
function copyOf(request: GuardedRequest): GuardedRequest {
  if (typeof request === 'object' && request !== null) return Object.freeze({ ...request });
  throw new InvalidArgumentError('`request` must be an object', {
    expected: 'an object with agentId and action',
    received: describe(request),
    remedy: "Pass, for instance, { agentId: 'agent-analyst', action: 'analyze_data' }.",
  });
}

/** @throws InvalidArgumentError. */
export function expectLevel(level: string): VerificationLevel {
  if ((VERIFICATION_LEVELS as readonly string[]).includes(level)) return level as VerificationLevel;
  throw new InvalidArgumentError('`level` must be a verification level', {
    expected: VERIFICATION_LEVELS.join(', '),
    received: describe(level),
    remedy: "Omit it to use the default, 'standard'.",
  });
}
