import type { VerificationLevel } from '../../chain/index.js';
import type { ConstraintFacts, ConstraintViolation } from '../../constraints/index.js';
import type { Deployment } from '../deployment.js';
import type { DelegationPath } from './delegation-path.js';
import { type Denial, deny, denyForAll } from './denial.js';
import { expiryOf, type ParsedChain } from './parsed-records.js';
import { denied, permitted } from './results.js';
import type { GuardedRequest, VerificationResult } from './types.js';

/** Judges an action that is within the agent's rights by the constraints in force. */
export function judgeConstraints(
  deployment: Deployment,
  request: GuardedRequest,
  level: VerificationLevel,
  evidence: ParsedChain,
  path: DelegationPath,
): VerificationResult {
  const { action } = request;
  const leaf = path.links[0];
  const labels = leaf ? withLabels(evidence.labels, leaf.record.constraintSubset) : evidence.labels;
  const { violations, unenforced } =
    labels.length === 0
      ? UNCONSTRAINED
      : deployment.constraints.evaluate(labels, factsOf(request, deployment.now()));
  if (violations.length > 0) {
    return denied(level, violationDenial(violations), {
      effectiveConstraints: Object.freeze(labels),
      violations: Object.freeze(violations),
    });
  }
  if (unenforced.length > 0 && deployment.settings.unknownConstraints === 'deny') {
    const reason = `no evaluator enforces ${unenforced.join(', ')}`;
    return denied(level, deny('CONSTRAINT_UNKNOWN', reason, { constraints: unenforced }), {
      unenforcedConstraints: Object.freeze(unenforced),
    });
  }
  const capability = leaf ? undefined : evidence.matchCapability(action, deployment.now());
  const used = leaf?.record.id ?? capability?.id;
  const validUntil = endOf(evidence, path, capability?.expiresAt);
  return permitted(level, labels, unenforced, {
    ...(used !== undefined && { capabilityUsed: used }),
    ...(validUntil !== Number.POSITIVE_INFINITY && { validUntil }),
  });
}

/** One denial for all constraints that forbid the action, each of them a reason. */
function violationDenial(violations: readonly ConstraintViolation[]): Denial {
  const reasons = violations.map(({ constraint, reason }) =>
    deny('CONSTRAINT_VIOLATED', `${constraint}: ${reason}`, { constraints: [constraint] }),
  );
  const reason = reasons.map((each) => each.reason).join('; ');
  const constraints = violations.map(({ constraint }) => constraint);
  return denyForAll('CONSTRAINT_VIOLATED', reason, reasons, { constraints });
}

/** The facts that evaluators receive. Under the guard they see the action itself, and the time is the deployment's. */
function factsOf(request: GuardedRequest, now: number): ConstraintFacts {
  const { action, resource, context, agentId, guarded } = request;
  const facts = { action, agentId, context: context ?? {}, now, ...(resource !== undefined && { resource }) };
  if (!guarded) return facts;
  const { method, tool, effects, person, depth, input } = guarded;
  return {
    ...facts,
    guarded: true,
    ...(method !== null && { method }),
    ...(tool !== null && { tool }),
    ...(effects && { effects }),
    ...(person !== null && { person }),
    depth,
    readInput: input,
  };
}

const UNCONSTRAINED = Object.freeze({ violations: Object.freeze([]), unenforced: Object.freeze([]) });

function withLabels(own: readonly string[], added: readonly string[]): readonly string[] {
  return added.length === 0 ? own : [...new Set([...own, ...added])];
}

/** When the first of the records that give the right expires. */
function endOf(
  evidence: ParsedChain,
  { links, delegatorsUntil = Number.POSITIVE_INFINITY }: DelegationPath,
  capabilityExpiresAt: string | null | undefined,
): number {
  let end = Math.min(evidence.expiresAt, expiryOf(capabilityExpiresAt), delegatorsUntil);
  for (const link of links) end = Math.min(end, link.expiresAt);
  return end;
}
