import type { TrustedAgent } from '../../agent/trusted-agent.js';
import { isApprovalLabel, readApprovalLabel } from '../../constraints/builtin/human-approval.js';
import type { ApprovalTerms } from '../../invocation/approval-request.js';
import type { Work } from '../../invocation/session-options.js';

/**
 * The approvals that an act needs: those of its agent or tool, and those of the labels in force. The guard judges the
 * labels again, so that one that this process does not know yet denies the act.
 */
export function requiredApprovals({
  actor,
  basis,
  by,
}: Pick<Work, 'actor' | 'basis' | 'by'>): readonly ApprovalTerms[] {
  const own = 'tool' in by ? by.tool.requiresApproval : actor.requiresApproval;
  const { effectiveConstraints } = actor.agent as TrustedAgent;
  const inherited = basis?.record.constraintSubset ?? [];
  const labels = new Set([...effectiveConstraints, ...inherited].filter(isApprovalLabel));
  if (labels.size === 0) return own ? [own] : NONE;
  return [...(own ? [own] : []), ...Array.from(labels).flatMap((label) => readApprovalLabel(label) ?? [])];
}

const NONE: readonly ApprovalTerms[] = Object.freeze([]);
