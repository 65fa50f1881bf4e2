import type { VerificationLevel } from '../../chain/index.js';
import type { ConstraintFacts, ConstraintViolation } from '../../constraints/index.js';
import type { ReadSet } from '../read-set.js';
import type { DelegationPath } from './delegation-path.js';
import { type Denial, deny, denyForAll } from './denial.js';
import { judgeLimits, limitingRecords } from './guarded-limits.js';
import { expiryOf, type ParsedChain, type ParsedDelegation } from './parsed-records.js';
import { denied, permitted } from './results.js';
import type { GuardedRequest, VerificationResult } from './types.js';

/** Judges an action that is within the agent's rights by the constraints in force. */
export function judgeConstraints(
  { deployment, now }: ReadSet,
  request: GuardedRequest,
  level: VerificationLevel,
  evidence: ParsedChain,
  path: DelegationPath,
): VerificationResult {
  const { action, guarded } = request;
  const leaf = path.links[0];
  const capability = leaf ? undefined : evidence.matchCapability(action, now);
  const labels = labelsInForce(evidence, leaf, guarded !== undefined);
  const facts = factsOf(request, path, now);
  const byLabels = labels.length === 0 ? UNCONSTRAINED : deployment.constraints.evaluate(labels, facts);
  const records = guarded ? limitingRecords(evidence, path, capability, action, now) : [];
  const byLimits =
    guarded && records.length > 0 ? judgeLimits(deployment, records, facts, guarded) : UNLIMITED;
  const violations = [...byLabels.violations, ...byLimits.violations];
  if (violations.length > 0) {
    return denied(level, violationDenial(violations), {
      effectiveConstraints: Object.freeze(labels),
      violations: Object.freeze(violations),
    });
  }
  const unenforced = [...byLabels.unenforced, ...byLimits.unenforced];
  if (unenforced.length > 0 && deployment.settings.unknownConstraints === 'deny') {
    const reason = `no evaluator enforces ${unenforced.join(', ')}`;
    return denied(level, deny('CONSTRAINT_UNKNOWN', reason, { constraints: unenforced }), {
      unenforcedConstraints: Object.freeze(unenforced),
    });
  }
  const used = leaf?.record.id ?? capability?.id;
  const validUntil = endOf(evidence, path, capability?.expiresAt);
  return permitted(level, labels, unenforced, {
    ...(used !== undefined && { capabilityUsed: used }),
    ...(validUntil !== Number.POSITIVE_INFINITY && { validUntil }),
    ...(byLimits.endsAt !== Number.POSITIVE_INFINITY && { endsAt: byLimits.endsAt }),
  });
}

/**
 * Returns the labels in force. Under the guard, labels that only the envelope has count too; the reference ignores
 * them.
 */
function labelsInForce(
  evidence: ParsedChain,
  leaf: ParsedDelegation | undefined,
  isGuarded: boolean,
): readonly string[] {
  const own = isGuarded ? withLabels(evidence.labels, evidence.injectedLabels) : evidence.labels;
  return leaf ? withLabels(own, leaf.record.constraintSubset) : own;
}

/** One denial for all constraints that forbid the action, with one reason for each. */
function violationDenial(violations: readonly ConstraintViolation[]): Denial {
  const reasons = violations.map(({ constraint, reason }) =>
    deny('CONSTRAINT_VIOLATED', `${constraint}: ${reason}`, { constraints: [constraint] }),
  );
  const reason = reasons.map((each) => each.reason).join('; ');
  const constraints = violations.map(({ constraint }) => constraint);
  return denyForAll('CONSTRAINT_VIOLATED', reason, reasons, { constraints });
}

/** Returns the facts for evaluators. Under the guard they include the action itself and the deployment's time. */
function factsOf(request: GuardedRequest, path: DelegationPath, now: number): ConstraintFacts {
  const { action, resource, context, agentId, guarded } = request;
  const facts = { action, agentId, context: context ?? {}, now, ...(resource !== undefined && { resource }) };
  if (!guarded) return facts;
  const { method, tool, effects, person, input, approvedBy } = guarded;
  return {
    ...facts,
    guarded: true,
    ...(method !== null && { method }),
    ...(tool !== null && { tool }),
    ...(effects && { effects }),
    ...(person !== null && { person }),
    ...(approvedBy && { approvedBy }),
    depth: path.links.length,
    readInput: input,
  };
}

const UNLIMITED = Object.freeze({
  violations: Object.freeze([]),
  unenforced: Object.freeze([]),
  endsAt: Number.POSITIVE_INFINITY,
});
const UNCONSTRAINED = Object.freeze({ violations: Object.freeze([]), unenforced: Object.freeze([]) });

function withLabels(own: readonly string[], added: readonly string[]): readonly string[] {
  return added.length === 0 ? own : [...new Set([...own, ...added])];
}

/** The earliest expiry of the records that give the right. */
function endOf(
  evidence: ParsedChain,
  { links, delegatorsUntil = Number.POSITIVE_INFINITY }: DelegationPath,
  capabilityExpiresAt: string | null | undefined,
): number {
  let end = Math.min(evidence.expiresAt, expiryOf(capabilityExpiresAt), delegatorsUntil);
  for (const link of links) end = Math.min(end, link.expiresAt);
  return end;
}
