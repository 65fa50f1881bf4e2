import type { VerificationLevel } from '../../chain/index.js';
import type { Deployment } from '../deployment.js';
import type { DelegationPath } from './delegation-path.js';
import { deny } from './denial.js';
import { expiryOf, type ParsedChain } from './parsed-records.js';
import { denied, permitted } from './results.js';
import type { GuardedRequest, VerificationResult } from './types.js';

/** What the constraints in force say of an action that is within the agent's rights. */
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
      : deployment.constraints.evaluate(labels, {
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
  const capability = leaf ? undefined : evidence.matchCapability(action, deployment.now());
  const used = leaf?.record.id ?? capability?.id;
  const validUntil = endOf(evidence, path, capability?.expiresAt);
  return permitted(level, labels, unenforced, {
    ...(used !== undefined && { capabilityUsed: used }),
    ...(validUntil !== Number.POSITIVE_INFINITY && { validUntil }),
  });
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
