import * as z from 'zod';
import { idField } from '../wire/index.js';
import { milliseconds } from './call-options.js';

/** A request to people to approve an action. */
export interface ApprovalRequest {
  /** The action to approve, for instance `pay`. An approver needs a capability for `approve_` and this name. */
  readonly action: string;
  /** The value that the approval is about. The approval holds for it alone. Default: none. */
  readonly input?: unknown;
  /** The ids of the people who can answer. */
  readonly approvers: readonly string[];
  /** How many of them must approve. Default: 1. */
  readonly required?: number;
  /** How long an answer is accepted, in milliseconds. Default: without limit. */
  readonly expiresIn?: number;
  /** Further people who can answer after a time. Default: none. */
  readonly escalation?: {
    /** After how many milliseconds. */
    readonly after: number;
    /** The ids of the people. */
    readonly approvers: readonly string[];
  };
  /** Tells the approvers what they approve. Default: nothing. */
  readonly reason?: string;
}

/** The terms of an approval: its approvers and its deadline, without the act itself. */
export type ApprovalTerms = Omit<ApprovalRequest, 'action' | 'input'>;

const people = z.array(idField).min(1).max(100);

/** The schema of {@link ApprovalTerms}. */
export const approvalTerms = z.strictObject({
  approvers: people,
  required: z.int().positive().optional(),
  expiresIn: milliseconds.optional(),
  escalation: z.strictObject({ after: milliseconds, approvers: people }).optional(),
  reason: z.string().max(4_000).optional(),
});

/** An answer of an approver. */
export interface ApprovalAnswer {
  /** The id of the approver. */
  readonly approverId: string;
  /** The decision. */
  readonly decision: 'approve' | 'reject';
  /** When it was signed. A timestamp in UTC. */
  readonly answeredAt: string;
  /** The reason that the approver gave; null without one. */
  readonly reason: string | null;
}

/** The outcome of an approval request. */
export interface Approval {
  /** Whether enough approvers approved in time. */
  readonly granted: boolean;
  /** How it ended. */
  readonly outcome: 'granted' | 'rejected' | 'expired';
  /** The id of the request. */
  readonly requestId: string;
  /** The answers that counted. */
  readonly answers: readonly ApprovalAnswer[];
}
