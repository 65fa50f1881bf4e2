import { VERIFICATION_LEVELS, type VerificationLevel } from '../chain/index.js';
import type { ConstraintViolation } from '../constraints/index.js';
import { describe, InvalidArgumentError } from '../errors/index.js';
import { type ChainEvidence, Unreadable } from './chain-evidence.js';
import { checkKnownIntegrity } from './chain-integrity.js';
import { checkPath, type DelegationPath, mayDo } from './delegation-path.js';
import { type Denial, deny } from './denial.js';
import type { Kernel } from './kernel.js';
import { checkLastingDelegations } from './lasting-delegations.js';
import { View } from './view.js';

export interface VerificationRequest {
  readonly agentId: string;
  /** What the agent wants to do; matched against its capabilities. */
  readonly action: string;
  readonly resource?: string;
  /** Default: `standard`. */
  readonly level?: VerificationLevel;
  /** What constraint evaluators may want to know, for instance `contains_pii`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Judges the action under what was delegated to the agent for this task. */
  readonly taskId?: string;
  /** Judges the action under this one delegation. */
  readonly delegationId?: string;
  readonly runId?: string;
}

export interface VerificationResult {
  readonly valid: boolean;
  readonly level: VerificationLevel;
  /** Why not; absent when valid. */
  readonly denial?: Denial;
  /** `denial.reason`, under the plan's name. */
  readonly reason?: string;
  /** The id of the capability or delegation that gives the right. */
  readonly capabilityUsed?: string;
  /** Every constraint label that was in force. */
  readonly effectiveConstraints: readonly string[];
  /** Those of them that no evaluator enforces. */
  readonly unenforcedConstraints: readonly string[];
  readonly violations: readonly ConstraintViolation[];
}

/** Called around each verification. Neither can turn a denial into a permission; one that throws denies. */
export interface VerificationHooks {
  /** Denies by returning a reason. */
  beforeVerify?(request: VerificationRequest): string | undefined | Promise<string | undefined>;
  /** Denies by returning a reason. */
  afterVerify?(
    request: VerificationRequest,
    result: VerificationResult,
  ): string | undefined | Promise<string | undefined>;
}

/** Verification with its hooks. Never throws for what it finds: whatever is unexpected denies. */
export async function verify(
  kernel: Kernel,
  request: VerificationRequest,
  view: View = new View(kernel),
): Promise<VerificationResult> {
  const question = checkRequest(request);
  const level = checkLevel(question.level ?? 'standard');
  const { hooks } = kernel.settings;
  try {
    const objection = hooks.beforeVerify && (await hooks.beforeVerify(question));
    if (typeof objection === 'string' && objection) return denied(level, deny('HOOK_DENIED', objection));
    const result = await judge(view, question, level);
    const veto = hooks.afterVerify && (await hooks.afterVerify(question, result));
    return typeof veto === 'string' && veto && result.valid
      ? denied(level, deny('HOOK_DENIED', veto))
      : result;
  } catch (error) {
    return denied(level, deny('VERIFIER_FAILED', (error as Error)?.message ?? 'unknown'));
  }
}

async function judge(
  view: View,
  request: VerificationRequest,
  level: VerificationLevel,
): Promise<VerificationResult> {
  const { kernel } = view;
  const needChains = view.needChains([request.agentId]);
  if (needChains) await needChains;
  const stored = view.chain(request.agentId);
  if (!stored) return denied(level, deny('NO_CHAIN', `agent ${request.agentId} has no trust chain`));
  if (!stored.active)
    return denied(level, deny('REVOKED', `the trust of agent ${request.agentId} is revoked`));
  const evidence = kernel.chainEvidence(stored);
  if (evidence instanceof Unreadable) return denied(level, deny('CHAIN_MALFORMED', evidence.reason));
  if (evidence.chain.agentId !== request.agentId) {
    return denied(level, deny('CHAIN_MISPLACED', `the stored chain is that of ${evidence.chain.agentId}`));
  }
  if (level === 'quick') {
    return evidence.isExpired(kernel.now())
      ? denied(level, deny('EXPIRED', 'the trust chain has expired'))
      : permitted(level, undefined, evidence.labels, NONE);
  }
  const needAuthorities = view.needAuthorities(evidence.authorityIds);
  if (needAuthorities) await needAuthorities;
  const fresh = level === 'full';
  const denial =
    checkKnownIntegrity(view, evidence, fresh) ??
    (kernel.now() > evidence.expiresAt ? deny('EXPIRED', 'the trust chain has expired') : undefined) ??
    (evidence.chain.delegations.length > 0
      ? await checkLastingDelegations(view, evidence, fresh)
      : undefined);
  return denial ? denied(level, denial) : judgeAction(view, request, level, evidence);
}

async function judgeAction(
  view: View,
  request: VerificationRequest,
  level: VerificationLevel,
  evidence: ChainEvidence,
): Promise<VerificationResult> {
  const isScoped = request.delegationId !== undefined || request.taskId !== undefined;
  const grounds = isScoped
    ? await findGrounds(view, request, level, evidence)
    : ownRight(view.kernel, request, evidence);
  return 'code' in grounds
    ? denied(level, grounds)
    : judgeConstraints(view.kernel, request, level, evidence, grounds);
}

function judgeConstraints(
  kernel: Kernel,
  request: VerificationRequest,
  level: VerificationLevel,
  evidence: ChainEvidence,
  grounds: DelegationPath,
): VerificationResult {
  const { action } = request;
  const leaf = grounds.links[0];
  const labels = leaf ? [...new Set([...evidence.labels, ...leaf.record.constraintSubset])] : evidence.labels;
  const { violations, unenforced } = kernel.constraints.evaluate(labels, {
    action,
    resource: request.resource,
    context: request.context ?? {},
    now: kernel.now(),
  });
  if (violations.length > 0) {
    const reason = violations.map((v) => `${v.constraint}: ${v.reason}`).join('; ');
    return denied(level, deny('CONSTRAINT_VIOLATED', reason), {
      effectiveConstraints: Object.freeze(labels),
      violations: Object.freeze(violations),
    });
  }
  if (unenforced.length > 0 && kernel.settings.unknownConstraints === 'deny') {
    const reason = `no evaluator enforces ${unenforced.join(', ')}`;
    return denied(level, deny('CONSTRAINT_UNKNOWN', reason), {
      unenforcedConstraints: Object.freeze(unenforced),
    });
  }
  const used = leaf?.record.id ?? evidence.matchCapability(action, kernel.now())?.id;
  return permitted(level, used, labels, unenforced);
}

const BY_OWN_RIGHT: DelegationPath = { links: [], delegatorIds: [] };

/** By what right the agent may do this: a delegation that is named, one of the task that is named, or its own. */
async function findGrounds(
  view: View,
  request: VerificationRequest,
  level: VerificationLevel,
  evidence: ChainEvidence,
): Promise<DelegationPath | Denial> {
  const { kernel } = view;
  const { agentId, action, taskId, runId } = request;
  const candidates =
    request.delegationId === undefined ? await delegationsToJudge(kernel, request) : [request.delegationId];
  if (candidates.length === 0) return ownRight(kernel, request, evidence);
  let denial: Denial | undefined;
  for (const delegationId of candidates) {
    const fresh = level === 'full';
    const path = await checkPath(view, { delegationId, delegateeId: agentId, taskId, runId, fresh });
    if ('code' in path) denial = path;
    else if (mayDo(kernel, evidence, path.links, action)) return path;
    else denial = deny('DELEGATION_SCOPE', `delegation ${delegationId} does not give '${action}'`);
  }
  return denial as Denial;
}

function ownRight(
  kernel: Kernel,
  { agentId, action }: VerificationRequest,
  evidence: ChainEvidence,
): DelegationPath | Denial {
  return mayDo(kernel, evidence, [], action)
    ? BY_OWN_RIGHT
    : deny('CAPABILITY_NOT_HELD', `no capability of agent ${agentId} covers '${action}'`);
}

async function delegationsToJudge(kernel: Kernel, request: VerificationRequest): Promise<readonly string[]> {
  const { taskId, runId, agentId: delegateeId } = request;
  const entries = await kernel.store.findDelegations({ taskId, runId, delegateeId, status: 'in_force' });
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

export function checkLevel(level: string): VerificationLevel {
  if ((VERIFICATION_LEVELS as readonly string[]).includes(level)) return level as VerificationLevel;
  throw new InvalidArgumentError('This is not a verification level', {
    expected: VERIFICATION_LEVELS.join(', '),
    received: describe(level),
    remedy: "Leave it out for 'standard'.",
  });
}
