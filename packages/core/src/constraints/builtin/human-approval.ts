import {
  ConstraintEvaluator,
  type ConstraintVerdict,
  forbidden,
  PERMITTED,
} from '../constraint-evaluator.js';
import type { ConstraintRequest } from '../constraint-request.js';

/** Forms with spaces belong to the label too, so that none of them stays without enforcement. */
const PREFIX = /^\s*human_approval\s*:/i;

/** The people whom a label names. */
export interface LabelledApproval {
  /** The ids of the people who can approve. */
  readonly approvers: readonly string[];
  /** How many of them must approve. */
  readonly required: number;
}

/** Whether a label requires the approval of people. */
export const isApprovalLabel = (label: string): boolean => PREFIX.test(label);

/**
 * Reads `human_approval:carol`, `human_approval:carol,dan` (one of them) or `human_approval:2:carol,dan` (both).
 *
 * @returns undefined for a label that names no approver, or fewer approvers than must approve.
 */
export function readApprovalLabel(label: string): LabelledApproval | undefined {
  const [, count = '1', names = ''] = /^(?:(\d{1,3}):)?(.*)$/.exec(label.replace(PREFIX, '')) ?? [];
  const approvers = [...new Set(names.split(',').map((name) => name.trim()))];
  const required = Number(count);
  const isReadable = !approvers.includes('') && required >= 1 && required <= approvers.length;
  return isReadable ? { approvers, required } : undefined;
}

/** `human_approval:…`: the guard denies every act of the agent that the named people did not approve. */
export class HumanApproval extends ConstraintEvaluator {
  matches(label: string): boolean {
    return isApprovalLabel(label);
  }

  evaluate({ label, guarded, method, tool, approvedBy }: ConstraintRequest): ConstraintVerdict {
    if (!guarded || (method === undefined && tool === undefined)) return PERMITTED;
    const wanted = readApprovalLabel(label);
    if (!wanted) return forbidden(NOT_READABLE);
    const given = wanted.approvers.filter((id) => approvedBy.includes(id)).length;
    if (given >= wanted.required) return PERMITTED;
    return forbidden(
      `it needs the approval of ${wanted.required} of ${wanted.approvers.join(', ')}, for which a durable run asks`,
    );
  }

  override findProblem(label: string): string | undefined {
    return readApprovalLabel(label) ? undefined : NOT_READABLE;
  }
}

const NOT_READABLE =
  'it must name the ids of the approvers, for instance human_approval:carol or human_approval:2:carol,dan';
