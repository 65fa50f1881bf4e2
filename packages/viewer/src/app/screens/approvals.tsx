import { useState } from 'preact/hooks';
import type { ApprovalDecisionJson, ApprovalJson, ApprovalsAnswer } from '../../api.js';
import { pretty, visible } from '../model/records.js';
import { Fact, Time } from '../parts/common.js';
import { ask, ServerError } from '../server/client.js';
import { addressOf, announcement, info } from '../state.js';
import { useAnswer, Waiting } from './loading.js';

/** The decisions that runs wait for. */
export function ApprovalsScreen() {
  // The number changes the path, so that the list is read again after a decision.
  const [round, setRound] = useState(0);
  const { data, problem } = useAnswer<ApprovalsAnswer>(`approvals?round=${round}`);
  return (
    <div class="approvals">
      <h1>Approvals</h1>
      {!data && <Waiting problem={problem} />}
      {data && data.approvals.length === 0 && <p>No run waits for a decision.</p>}
      {data?.unreadable.map(({ runId, code, reason }) => (
        <p class="failure" key={runId}>
          What run {visible(runId)} asks for cannot be read: {code}: {visible(reason)}
        </p>
      ))}
      <ul class="plain">
        {data?.approvals.map((approval) => (
          <li key={approval.id}>
            <Request approval={approval} onDecided={() => setRound(round + 1)} />
          </li>
        ))}
      </ul>
      <p class="quiet no-print">
        {info.value?.approver
          ? `This page decides in the name of ${info.value.approver}, whose key the server uses.`
          : 'This page only shows requests. An approver answers with kaizen-eatp run approve, or with kaizen-eatp serve --approve-as.'}
      </p>
    </div>
  );
}

function Request({
  approval,
  onDecided,
}: {
  readonly approval: ApprovalJson;
  readonly onDecided: () => void;
}) {
  const { id, runId, agentId, action, input, reason, approvers, escalation, required, answered } = approval;
  const me = info.value?.approver;
  const people = [...approvers, ...(escalation?.approvers ?? [])];
  return (
    <article class="panel" aria-labelledby={`title-${id}`}>
      <h2 id={`title-${id}`}>
        {visible(agentId)} asks for: {visible(action)}
      </h2>
      {reason !== null && <p>{visible(reason)}</p>}
      <dl>
        <Fact name="Run">
          <a href={addressOf({ screen: 'run', id: runId })}>{runId}</a>
        </Fact>
        <Fact name="Who can decide">{visible(approvers.join(', '))}</Fact>
        {escalation && (
          <Fact name="Later also">
            {visible(escalation.approvers.join(', '))}, from <Time at={escalation.from} />
          </Fact>
        )}
        <Fact name="Needed">
          {required} {required === 1 ? 'approval' : 'approvals'}
        </Fact>
        <Fact name="Answered">{answered.join(', ') || 'no one yet'}</Fact>
        <Fact name="Waits since">
          <Time at={approval.waitingSince} />
        </Fact>
        <Fact name="Until">{approval.expiresAt ? <Time at={approval.expiresAt} /> : 'no limit'}</Fact>
      </dl>
      <h3>What it is about</h3>
      <pre tabIndex={0} role="region" aria-label={`Input of the request of ${agentId}`}>
        {pretty(input)}
      </pre>
      {me && people.includes(me) && !answered.includes(me) && (
        <Decide approval={approval} onDecided={onDecided} />
      )}
    </article>
  );
}

function Decide({
  approval: { id, digest, action },
  onDecided,
}: {
  readonly approval: ApprovalJson;
  readonly onDecided: () => void;
}) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ServerError | undefined>(undefined);
  const decide = async (decision: ApprovalDecisionJson['decision'], reason: string): Promise<void> => {
    const body: ApprovalDecisionJson = { id, digest, decision, reason: reason.trim() || null };
    setBusy(true);
    setProblem(undefined);
    try {
      await ask('approvals', { method: 'POST', body: JSON.stringify(body) });
      announcement.value = decision === 'approve' ? 'The request was approved.' : 'The request was rejected.';
      onDecided();
    } catch (thrown) {
      setProblem(thrown instanceof ServerError ? thrown : new ServerError(0, String(thrown), ''));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="filters no-print"
      aria-label={`Decision about ${action}`}
      onSubmit={(event) => {
        event.preventDefault();
        const { value } = event.submitter as HTMLButtonElement;
        const reason = new FormData(event.currentTarget).get('reason');
        void decide(value as ApprovalDecisionJson['decision'], String(reason ?? ''));
      }}
    >
      <label>
        Reason, which is recorded <input name="reason" type="text" maxLength={4_000} />
      </label>
      <button type="submit" name="decision" value="approve" disabled={isBusy}>
        Approve
      </button>
      <button type="submit" name="decision" value="reject" disabled={isBusy}>
        Reject
      </button>
      {problem && (
        <p class="failure" role="alert">
          {problem.message} {problem.remedy}
        </p>
      )}
    </form>
  );
}
