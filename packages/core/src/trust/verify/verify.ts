import { VERIFICATION_LEVELS, type VerificationLevel } from '../../chain/index.js';
import { describe, InvalidArgumentError } from '../../errors/index.js';
import type { Deployment } from '../deployment.js';
import { ReadSet } from '../read-set.js';
import { judgeChainDelegations } from './chain-delegations.js';
import { judgeKnownSignatures } from './chain-signatures.js';
import { type DelegationPath, judgePath, mayDo } from './delegation-path.js';
import { type Denial, deny } from './denial.js';
import { type ParsedChain, Unreadable } from './parsed-records.js';
import type { VerificationRequest, VerificationResult } from './types.js';

/** Verification with its hooks. Never throws for what it finds: whatever is unexpected denies. */
export async function verify(
  deployment: Deployment,
  request: VerificationRequest,
  reads: ReadSet = new ReadSet(deployment),
): Promise<VerificationResult> {
  const question = checkRequest(request);
  const level = expectLevel(question.level ?? 'standard');
  const { hooks } = deployment.settings;
  try {
    const objection = hooks.beforeVerify && (await hooks.beforeVerify(question));
    if (typeof objection === 'string' && objection) return denied(level, deny('HOOK_DENIED', objection));
    const result = await judge(reads, question, level);
    const veto = hooks.afterVerify && (await hooks.afterVerify(question, result));
    return typeof veto === 'string' && veto && result.valid
      ? denied(level, deny('HOOK_DENIED', veto))
      : result;
  } catch (error) {
    return denied(level, deny('VERIFIER_FAILED', (error as Error)?.message ?? 'unknown'));
  }
}

async function judge(
  reads: ReadSet,
  request: VerificationRequest,
  level: VerificationLevel,
): Promise<VerificationResult> {
  const { deployment } = reads;
  const needChains = reads.needChains([request.agentId]);
  if (needChains) await needChains;
  const stored = reads.chain(request.agentId);
  if (!stored) return denied(level, deny('NO_CHAIN', `agent ${request.agentId} has no trust chain`));
  if (!stored.active)
    return denied(level, deny('REVOKED', `the trust of agent ${request.agentId} is revoked`));
  const evidence = deployment.chainEvidence(stored);
  if (evidence instanceof Unreadable) return denied(level, deny('CHAIN_MALFORMED', evidence.reason));
  if (evidence.chain.agentId !== request.agentId) {
    return denied(level, deny('CHAIN_MISPLACED', `the stored chain is that of ${evidence.chain.agentId}`));
  }
  if (level === 'quick') {
    return evidence.isExpired(deployment.now())
      ? denied(level, deny('EXPIRED', 'the trust chain has expired'))
      : permitted(level, undefined, evidence.labels, NONE);
  }
  const needAuthorities = reads.needAuthorities(evidence.authorityIds);
  if (needAuthorities) await needAuthorities;
  const fresh = level === 'full';
  const denial =
    judgeKnownSignatures(reads, evidence, fresh) ??
    evidence.constraintsDenial ??
    (deployment.now() > evidence.expiresAt ? deny('EXPIRED', 'the trust chain has expired') : undefined) ??
    (evidence.chain.delegations.length > 0 ? await judgeChainDelegations(reads, evidence, fresh) : undefined);
  return denial ? denied(level, denial) : judgeAction(reads, request, level, evidence);
}

async function judgeAction(
  reads: ReadSet,
  request: VerificationRequest,
  level: VerificationLevel,
  evidence: ParsedChain,
): Promise<VerificationResult> {
  const isScoped = request.delegationId !== undefined || request.taskId !== undefined;
  const grounds = isScoped
    ? await findGrounds(reads, request, level, evidence)
    : ownRight(reads.deployment, request, evidence);
  return 'code' in grounds
    ? denied(level, grounds)
    : judgeConstraints(reads.deployment, request, level, evidence, grounds);
}

function judgeConstraints(
  deployment: Deployment,
  request: VerificationRequest,
  level: VerificationLevel,
  evidence: ParsedChain,
  grounds: DelegationPath,
): VerificationResult {
  const { action } = request;
  const leaf = grounds.links[0];
  const labels = leaf ? [...new Set([...evidence.labels, ...leaf.record.constraintSubset])] : evidence.labels;
  const { violations, unenforced } = deployment.constraints.evaluate(labels, {
    action,
    resource: request.resource,
    context: request.context ?? {},
    now: deployment.now(),
  });
  if (violations.length > 0) {
    const reason = violations.map((v) => `${v.constraint}: ${v.reason}`).join('; ');
    return denied(level, deny('CONSTRAINT_VIOLATED', reason), {
      effectiveConstraints: Object.freeze(labels),
      violations: Object.freeze(violations),
    });
  }
  if (unenforced.length > 0 && deployment.settings.unknownConstraints === 'deny') {
    const reason = `no evaluator enforces ${unenforced.join(', ')}`;
    return denied(level, deny('CONSTRAINT_UNKNOWN', reason), {
      unenforcedConstraints: Object.freeze(unenforced),
    });
  }
  const used = leaf?.record.id ?? evidence.matchCapability(action, deployment.now())?.id;
  return permitted(level, used, labels, unenforced);
}

const BY_OWN_RIGHT: DelegationPath = { links: [], delegatorIds: [] };

/** By what right the agent may do this: a delegation that is named, one of the task that is named, or its own. */
async function findGrounds(
  reads: ReadSet,
  request: VerificationRequest,
  level: VerificationLevel,
  evidence: ParsedChain,
): Promise<DelegationPath | Denial> {
  const { deployment } = reads;
  const { agentId, action, taskId, runId } = request;
  const candidates =
    request.delegationId === undefined
      ? await delegationsToJudge(deployment, request)
      : [request.delegationId];
  if (candidates.length === 0) return ownRight(deployment, request, evidence);
  let denial: Denial | undefined;
  for (const delegationId of candidates) {
    const fresh = level === 'full';
    const path = await judgePath(reads, { delegationId, delegateeId: agentId, taskId, runId, fresh });
    if ('code' in path) denial = path;
    else if (mayDo(deployment, evidence, path.links, action)) return path;
    else denial = deny('DELEGATION_SCOPE', `delegation ${delegationId} does not give '${action}'`);
  }
  return denial as Denial;
}

function ownRight(
  deployment: Deployment,
  { agentId, action }: VerificationRequest,
  evidence: ParsedChain,
): DelegationPath | Denial {
  return mayDo(deployment, evidence, [], action)
    ? BY_OWN_RIGHT
    : deny('CAPABILITY_NOT_HELD', `no capability of agent ${agentId} covers '${action}'`);
}

async function delegationsToJudge(
  deployment: Deployment,
  request: VerificationRequest,
): Promise<readonly string[]> {
  const { taskId, runId, agentId: delegateeId } = request;
  const entries = await deployment.store.findDelegations({ taskId, runId, delegateeId, status: 'in_force' });
  return entries.map((entry) => entry.delegationId);
}

// What is handed out is frozen: neither a hook nor a pattern can change what was found.
const NONE: readonly never[] = Object.freeze([]);

function denied(
  level: VerificationLevel,
  denial: Denial,
  more: Partial<VerificationResult> = {},
): VerificationResult {
  return Object.freeze({
    valid: false,
    level,
    denial: Object.freeze(denial),
    reason: denial.reason,
    effectiveConstraints: NONE,
    unenforcedConstraints: NONE,
    violations: NONE,
    ...more,
  });
}

const permitted = (
  level: VerificationLevel,
  capabilityUsed: string | undefined,
  effectiveConstraints: readonly string[],
  unenforcedConstraints: readonly string[],
): VerificationResult =>
  Object.freeze({
    valid: true,
    level,
    capabilityUsed,
    effectiveConstraints: Object.freeze(effectiveConstraints),
    unenforcedConstraints: Object.freeze(unenforcedConstraints),
    violations: NONE,
  });

/** A frozen copy: a hook that could change the question could have another one answered. */
function checkRequest(request: VerificationRequest): VerificationRequest {
  if (typeof request === 'object' && request !== null) return Object.freeze({ ...request });
  throw new InvalidArgumentError('There is nothing to verify', {
    expected: 'an object with agentId and action',
    received: describe(request),
    remedy: "Pass, for instance, { agentId: 'agent-analyst', action: 'analyze_data' }.",
  });
}

export function expectLevel(level: string): VerificationLevel {
  if ((VERIFICATION_LEVELS as readonly string[]).includes(level)) return level as VerificationLevel;
  throw new InvalidArgumentError('This is not a verification level', {
    expected: VERIFICATION_LEVELS.join(', '),
    received: describe(level),
    remedy: "Leave it out for 'standard'.",
  });
}
