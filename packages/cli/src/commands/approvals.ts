import { FileKeyManager, type KeyManager } from '@kaizen-eatp/core';
import { type SignedApproval, signApproval } from '@kaizen-eatp/core/durable';
import { captureValue, encodeValue } from '@kaizen-eatp/core/records';
import { usage } from '../errors.js';
import { counted, fields } from '../output/lines.js';
import { type WaitingApproval, waitingApprovals } from '../reading/approvals.js';
import { durableRun } from '../runs/durable-run.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Lists the requests that wait for people. */
export async function list(session: Session, given: Given): Promise<Outcome> {
  const [store, trust] = [await session.store(), await session.trust()];
  const { approvals, unreadable } = await waitingApprovals(store, trust, given.optional(0));
  const approver = given.text('approver');
  const shown =
    approver === undefined ? approvals : approvals.filter((each) => peopleOf(each).includes(approver));
  return {
    yes: unreadable.length === 0,
    result: {
      approvals: shown.map(approvalJson),
      total: shown.length,
      unreadable: unreadable.map(({ runId, code, reason }) => ({ run_id: runId, code, reason })),
    },
    lines: [
      `${counted(shown.length, 'request')} waiting`,
      ...shown.flatMap(describeRequest),
      ...unreadable.map(({ runId, code, reason }) => `  cannot be read: run ${runId}: ${code}: ${reason}`),
    ],
  };
}

/** Approves a request of a run. */
export const approve = (session: Session, given: Given): Promise<Outcome> =>
  answer(session, given, 'approve');

/** Rejects a request of a run. */
export const reject = (session: Session, given: Given): Promise<Outcome> => answer(session, given, 'reject');

async function answer(
  session: Session,
  given: Given,
  decision: SignedApproval['decision'],
): Promise<Outcome> {
  const [runId, approverId] = [given.argument(0), given.required('as')];
  const trust = await session.trust();
  const { approvals } = await waitingApprovals(await session.store(), trust, runId);
  const { request } = chosen(approvals, runId, given.text('request'));
  const verb = decision === 'approve' ? 'Approve' : 'Reject';
  await session.confirm(
    given,
    `${verb} '${request.action}' of ${request.agentId}, input ${inputText(request.input)}?`,
  );
  const [keyId, reason] = [given.text('key'), given.text('reason')];
  const signed = await signApproval(request, {
    approverId,
    decision,
    keyManager: await approverKeys(session, given),
    ...(keyId !== undefined && { keyId }),
    ...(reason !== undefined && { reason }),
  });
  await durableRun(trust, runId).answer(signed);
  const done = decision === 'approve' ? 'approved' : 'rejected';
  return {
    result: {
      run_id: runId,
      request_id: request.requestId,
      approver_id: approverId,
      decision,
      answered_at: signed.answeredAt,
    },
    lines: [
      `${approverId} ${done} '${request.action}' of ${request.agentId}.`,
      ...fields([
        ['Run', runId],
        ['Request', request.requestId],
        ['Input', inputText(request.input)],
        ['Reason', reason],
      ]),
    ],
  };
}

/** An approver whose key is not among those of the deployment keeps it in another folder, under another passphrase. */
export async function approverKeys(session: Session, given: Given): Promise<KeyManager> {
  const folder = given.text('approverKeys');
  if (folder === undefined) return session.keys;
  const what = "passphrase of the approver's keys";
  const [file, descriptor] = ['approverPassphraseFile', 'approverPassphraseFd'];
  return new FileKeyManager(folder, await session.secret(what, given, file, descriptor));
}

function chosen(found: readonly WaitingApproval[], runId: string, requestId: string | undefined) {
  const [first, second] = found;
  if (!first)
    throw usage(`Run ${runId} does not wait for an approval`, {
      remedy: 'List what is waiting: kaizen-eatp run approvals',
    });
  if (requestId === undefined) {
    if (!second) return first;
    throw usage(`Run ${runId} waits for several approvals`, {
      expected: `--request with one of ${found.map(({ request }) => request.requestId).join(', ')}`,
      remedy: `Look at them: kaizen-eatp run approvals ${runId}`,
    });
  }
  const named = found.find(({ request }) => request.requestId === requestId);
  if (named) return named;
  throw usage(`Run ${runId} has no such open request`, {
    expected: found.map(({ request }) => request.requestId).join(', '),
    received: requestId,
  });
}

const peopleOf = ({ request: { approvers, escalation } }: WaitingApproval): readonly string[] => [
  ...approvers,
  ...(escalation?.approvers ?? []),
];

/**
 * The whole input of a request as one line of JSON: nothing that the approver signs may be missing. A part that JSON has no
 * form for, such as a map, is written as in the journal: `{"$eatp":["map",…]}`.
 */
export const inputText = (input: unknown): string => encodeValue(captureValue(input, 'input', ANY_SIZE));

/** The limits of values were kept when the request was made. */
const ANY_SIZE = { maxElements: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };

function approvalJson({ runId, waitingSince, request }: WaitingApproval): object {
  return {
    run_id: runId,
    request_id: request.requestId,
    digest: request.digest,
    agent_id: request.agentId,
    action: request.action,
    input: JSON.parse(inputText(request.input)) as unknown,
    reason: request.reason,
    approvers: request.approvers,
    escalation: request.escalation,
    required: request.required,
    answered: request.answered,
    expires_at: request.expiresAt,
    waiting_since: waitingSince,
  };
}

function describeRequest({ runId, waitingSince, request }: WaitingApproval): string[] {
  const { escalation } = request;
  return [
    `${request.requestId}`,
    ...fields([
      ['Run', runId],
      ['Asks', `${request.agentId} for '${request.action}'`],
      ['Input', inputText(request.input)],
      ['Reason', request.reason ?? undefined],
      ['Can decide', request.approvers.join(', ')],
      ['Later', escalation ? `${escalation.approvers.join(', ')} from ${escalation.from}` : undefined],
      ['Answered', `${request.answered.length} of ${request.required}`],
      ['Waits since', waitingSince],
      ['Until', request.expiresAt ?? undefined],
    ]),
  ];
}
