import type { DeploymentAnswer } from '../../api.js';
import { Mark, Time } from '../parts/common.js';
import { useAnswer, Waiting } from './loading.js';

/** The deployment as a whole: whom it believes, what was revoked, and whether its records are all there. */
export function DeploymentScreen() {
  const { data, problem } = useAnswer<DeploymentAnswer>('deployment');
  return (
    <div class="deployment">
      <h1>Deployment</h1>
      {data ? <Parts {...data} /> : <Waiting problem={problem} />}
    </div>
  );
}

function Parts({ authorities, revocations, findings, checkpoint }: DeploymentAnswer) {
  return (
    <>
      <h2>Is the store damaged?</h2>
      <Findings findings={findings} good="Every record is in its place, and signed as it is." />
      <h2>Is anything missing since the last checkpoint?</h2>
      {checkpoint ? (
        <Findings
          findings={checkpoint.findings}
          good={`The store has everything that the checkpoint names, ${checkpoint.size} entries.`}
        />
      ) : (
        <p class="quiet">
          The server has no checkpoint. Start it with kaizen-eatp serve --checkpoint and one that was kept
          elsewhere.
        </p>
      )}
      <h2>Authorities</h2>
      <ul class="plain">
        {authorities.map(({ id, name, publicKey, isActive, isPinned }) => (
          <li key={id}>
            <strong>{id}</strong> {name} <code>{publicKey}</code>{' '}
            <span class="quiet">
              {isPinned ? 'pinned by this deployment' : 'not pinned'}
              {isActive ? '' : ', deactivated'}
            </span>
          </li>
        ))}
      </ul>
      <h2>What was revoked</h2>
      {revocations.length === 0 && <p>Nothing was revoked.</p>}
      <ul class="plain">
        {revocations.map(({ at, action, subject, reason }) => (
          <li key={`${at} ${action} ${subject}`}>
            <Time at={at} /> {action} <strong>{subject}</strong> {reason}
          </li>
        ))}
      </ul>
    </>
  );
}

function Findings({
  findings,
  good,
}: {
  readonly findings: DeploymentAnswer['findings'];
  readonly good: string;
}) {
  if (findings.length === 0)
    return (
      <p>
        <Mark is={true} /> {good}
      </p>
    );
  return (
    <ul class="checks">
      {findings.map(({ code, subject, reason }) => (
        <li key={`${code} ${subject} ${reason}`} data-passed="false">
          <Mark is={false} /> {code} {subject}
          <div class="reason">{reason}</div>
        </li>
      ))}
    </ul>
  );
}
