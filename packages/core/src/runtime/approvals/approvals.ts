import type { Approval, ApprovalAnswer, ApprovalRequest } from '../../invocation/approval-request.js';
import type { StoreWrite } from '../../store/index.js';
import type { Deployment } from '../../trust/deployment.js';
import { canonicalJson, sha256Hex, toJsonValue } from '../../wire/index.js';
import { withoutAttempts } from '../journal/journal-step.js';
import type { RunJournal } from '../journal/run-journal.js';
import {
  answerKey,
  type KeptRequest,
  keptRequest,
  type ParsedApproval,
  parseApproval,
  settledKey,
} from './approval-record.js';
import { findForgery } from './judge-answer.js';
import type { SignedApproval } from './sign-approval.js';

/** Where the approvals of a run are recorded. */
export interface ApprovalPlace {
  /** The agent in whose name approval is asked now, and the delegation that it acts under. */
  asker(): { readonly agentId: string; readonly delegationId: string | null };
  /** Records the outcome in the run's trail, in one commit with the other writes. */
  settled(
    request: KeptRequest,
    approval: Approval,
    answers: readonly SignedApproval[],
    also: readonly StoreWrite[],
  ): Promise<void>;
}

/** The approvals that a pattern asks for. A run that only waits for people leaves the process. */
export class Approvals {
  constructor(
    private readonly deployment: Deployment,
    private readonly journal: RunJournal,
    private readonly place: ApprovalPlace,
  ) {}

  /**
   * Asks on behalf of a step that is being performed, unless an earlier attempt has asked for the same.
   *
   * @param step - the number of the step, or of the call inside one.
   * @param isRepeatable - whether the run can leave the process meanwhile, so that the step is performed again.
   */
  async askFor(
    step: string,
    given: ApprovalRequest,
    asker: ReturnType<ApprovalPlace['asker']>,
    isRepeatable: () => boolean,
  ): Promise<Approval> {
    const { journal } = this;
    const asked = parseApproval(given);
    const { input, ...terms } = asked;
    const what = canonicalJson(toJsonValue({ ...terms, ...asker, input: input.digest }, 'approval'));
    const number = withoutAttempts(step);
    const key = `${number}!approval!${sha256Hex(what).slice(0, 16)}`;
    const { steps } = journal.history;
    const settled = steps.get(settledKey(key));
    if (settled) return JSON.parse(journal.history.textOf(settled)) as Approval;
    const record = steps.get(key);
    const request = record
      ? (JSON.parse(journal.history.textOf(record)) as KeptRequest)
      : this.#request(key, printOf(asked), asked, asker);
    const [top] = number.split('.') as [string];
    const approval = await journal.live.waiting(top, isRepeatable, () => this.#settle(key, request));
    journal.expectNotStopped();
    return approval;
  }

  /** Asks, and waits for the answers. */
  async ask(given: ApprovalRequest, asker = this.place.asker()): Promise<Approval> {
    const asked = parseApproval(given);
    const { journal } = this;
    const key = journal.number();
    const print = printOf(asked);
    const record = journal.recorded(key, print);
    const settled = journal.history.steps.get(settledKey(key));
    if (settled) {
      const approval = JSON.parse(journal.history.textOf(settled)) as Approval;
      if (journal.isDelivered(key)) await journal.turnOf(key);
      else {
        await journal.replayed;
        await journal.deliver(key);
      }
      journal.expectNotStopped();
      return approval;
    }
    await journal.replayed;
    journal.expectNotStopped();
    const request = record
      ? (JSON.parse(journal.history.textOf(record)) as KeptRequest)
      : this.#request(key, print, asked, asker);
    const approval = await this.#settle(key, request);
    await journal.deliver(key);
    journal.waits.check();
    return approval;
  }

  #request(
    key: string,
    print: string,
    asked: ParsedApproval,
    asker: ReturnType<ApprovalPlace['asker']>,
  ): KeptRequest {
    const { runId, committer, history } = this.journal;
    const place = { runId, requestId: `${runId}/${key}`, ...asker };
    const request = keptRequest(asked, place, this.deployment.now());
    committer.record(history.record(key, print, JSON.stringify(request)));
    return request;
  }

  async #settle(key: string, request: KeptRequest): Promise<Approval> {
    const { journal } = this;
    const { approval, answers } = await journal.waits.until(key, request.expiresAt ?? undefined, () =>
      this.#find(key, request),
    );
    const steps = [journal.history.record(settledKey(key), 'settled', JSON.stringify(approval))];
    await this.place.settled(request, approval, answers, [
      { op: 'record_steps', runId: journal.runId, steps },
    ]);
    return approval;
  }

  /** Returns the outcome, once there is one. */
  async #find(
    key: string,
    request: KeptRequest,
  ): Promise<{ approval: Approval; answers: readonly SignedApproval[] } | undefined> {
    const now = this.deployment.now();
    const people = new Set([...request.approvers, ...(request.escalation?.approvers ?? [])]);
    const answers: SignedApproval[] = [];
    const stored = await this.deployment.store.readRun(this.journal.runId);
    const byKey = new Map(stored?.steps.map((step) => [step.key, step]));
    for (const person of people) {
      const step = byKey.get(answerKey(key, person));
      if (!step) continue;
      const answer = JSON.parse(this.journal.history.textOf(step)) as SignedApproval;
      // A person who was revoked since does not count.
      if ((await findForgery(this.deployment, request, answer)) === undefined) answers.push(answer);
    }
    const approved = answers.filter(({ decision }) => decision === 'approve').length;
    const rejected = answers.length - approved;
    const outcome =
      approved >= request.required
        ? 'granted'
        : rejected > people.size - request.required
          ? 'rejected'
          : request.expiresAt !== null && now >= request.expiresAt
            ? 'expired'
            : undefined;
    if (!outcome) return undefined;
    const { requestId } = request;
    const approval = {
      granted: outcome === 'granted',
      outcome,
      requestId,
      answers: answers.map(shown),
    } as const;
    return { approval, answers };
  }
}

const printOf = ({ action, input }: ParsedApproval): string =>
  `wait for approval of ${action} ${input.digest}`;

const shown = ({ approverId, decision, answeredAt, reason }: SignedApproval): ApprovalAnswer => ({
  approverId,
  decision,
  answeredAt,
  reason,
});
