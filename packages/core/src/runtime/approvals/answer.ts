import { DurableRunError } from '../../errors/index.js';
import { ENDED_STATES, type RunJournalRecords } from '../../store/index.js';
import { SharedTrail } from '../../trust/audit/shared-trail.js';
import type { Deployment } from '../../trust/deployment.js';
import { decodeValue } from '../../values/index.js';
import { formatTimestamp } from '../../wire/index.js';
import { type Seal, sealOf } from '../journal/seal.js';
import { outermostRun } from '../outermost-run.js';
import { answerKey, type KeptRequest, settledKey } from './approval-record.js';
import { findRefusal } from './judge-answer.js';
import type { SignedApproval } from './sign-approval.js';

/** A request that waits for answers, as an approver sees it. */
export interface OpenApproval {
  /** The id of the request. */
  readonly requestId: string;
  /** The digest that an answer signs. */
  readonly digest: string;
  /** The agent in whose name it is asked. */
  readonly agentId: string;
  /** The action. */
  readonly action: string;
  /** The input that the approval is about. */
  readonly input: unknown;
  /** The people who can answer. */
  readonly approvers: readonly string[];
  /** The people who can answer in addition, and from when; null without escalation. */
  readonly escalation: { readonly from: string; readonly approvers: readonly string[] } | null;
  /** How many must approve. */
  readonly required: number;
  /** The people who have answered. */
  readonly answered: readonly string[];
  /** Until when an answer is accepted; null without limit. */
  readonly expiresAt: string | null;
  /** The explanation; null without one. */
  readonly reason: string | null;
}

/** Lists the requests of a run that wait for answers. */
export async function openApprovals(
  deployment: Deployment,
  { run, steps }: RunJournalRecords,
): Promise<OpenApproval[]> {
  if (ENDED_STATES.includes(run.state)) return [];
  const seal = await sealOf(deployment, run.runId);
  const keys = new Set(steps.map(({ key }) => key));
  const open: OpenApproval[] = [];
  for (const { key, print } of steps) {
    if (!print.startsWith('wait for approval') || keys.has(settledKey(key))) continue;
    const { input, escalation, expiresAt, ...request } = readRequest(seal, steps, key) as KeptRequest;
    const people = [...request.approvers, ...(escalation?.approvers ?? [])];
    open.push({
      requestId: request.requestId,
      digest: request.digest,
      agentId: request.agentId,
      action: request.action,
      input: decodeValue(input),
      approvers: request.approvers,
      escalation: escalation && { ...escalation, from: formatTimestamp(new Date(escalation.from)) },
      required: request.required,
      answered: people.filter((person) => keys.has(answerKey(key, person))),
      expiresAt: expiresAt === null ? null : formatTimestamp(new Date(expiresAt)),
      reason: request.reason,
    });
  }
  return open;
}

/**
 * Accepts an answer, once for each person, and continues the run.
 *
 * @throws DurableRunError `APPROVAL_REFUSED`; the refusal is recorded on the shared trail.
 */
export async function acceptAnswer(
  deployment: Deployment,
  { run, steps }: RunJournalRecords,
  answer: SignedApproval,
): Promise<void> {
  const { runId } = run;
  const key = answer.requestId.slice(runId.length + 1);
  const seal = await sealOf(deployment, runId);
  const request = answer.requestId.startsWith(`${runId}/`) ? readRequest(seal, steps, key) : undefined;
  const taken = new Set(steps.map((step) => step.key));
  const refusal = !request
    ? 'the run has no such request'
    : ENDED_STATES.includes(run.state) || taken.has(settledKey(key))
      ? 'the request is settled'
      : taken.has(answerKey(key, answer.approverId))
        ? 'this person has answered already'
        : await findRefusal(deployment, request, answer, deployment.now());
  if (refusal !== undefined) throw await refused(deployment, runId, answer, refusal, request?.agentId);
  const step = answerKey(key, answer.approverId);
  const outcome = seal.seal(JSON.stringify(answer), `step ${step}`);
  try {
    await deployment.store.commit([
      { op: 'record_steps', runId, steps: [{ key: step, print: 'answer', outcome }] },
      { op: 'wake_run', runId: await outermostRun(deployment.store, run), at: deployment.timestamp() },
    ]);
  } catch (error) {
    if ((error as { code?: string }).code !== 'STORE_CONFLICT') throw error;
    throw await refused(deployment, runId, answer, 'this person has answered already', request?.agentId);
  }
}

function readRequest(seal: Seal, steps: RunJournalRecords['steps'], key: string): KeptRequest | undefined {
  const step = steps.find((each) => each.key === key && each.print.startsWith('wait for approval'));
  return step && (JSON.parse(seal.open(step.outcome, `step ${key}`)) as KeptRequest);
}

async function refused(
  deployment: Deployment,
  runId: string,
  { requestId, approverId }: SignedApproval,
  reason: string,
  agentId: string | undefined,
): Promise<DurableRunError> {
  const error = new DurableRunError(
    'APPROVAL_REFUSED',
    `The answer to request ${requestId} was not accepted`,
    {
      expected: 'one answer of each approver that the request names, to exactly this request, in time',
      received: reason,
      remedy: 'Read the open requests of the run, and let an approver sign an answer to one of them.',
      evidence: { runId, requestId, approverId, reason },
    },
  );
  if (agentId !== undefined) {
    const context = { run_id: runId, request_id: requestId, approver_id: approverId, reason };
    await new SharedTrail(deployment).append({
      agentId,
      action: 'approval_refused',
      result: 'denied',
      context,
    });
  }
  return error;
}
