import type { ApprovalsAnswer } from '../../api.js';
import { Time } from '../parts/common.js';
import { addressOf } from '../state.js';
import { useAnswer, Waiting } from './loading.js';

/** The decisions that runs wait for. */
export function ApprovalsScreen() {
  const { data, problem } = useAnswer<ApprovalsAnswer>('approvals');
  return (
    <div>
      <h1>Approvals</h1>
      {!data && <Waiting problem={problem} />}
      {data && data.approvals.length === 0 && <p>No run waits for a decision.</p>}
      {data && data.approvals.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label="Table of approvals, scrollable">
          <table>
            <thead>
              <tr>
                <th scope="col">To decide</th>
                <th scope="col">Agent</th>
                <th scope="col">Run</th>
                <th scope="col">Asked</th>
                <th scope="col">Until</th>
                <th scope="col">Who can decide</th>
              </tr>
            </thead>
            <tbody>
              {data.approvals.map((approval) => (
                <tr key={approval.id}>
                  <th scope="row">{approval.subject}</th>
                  <td>{approval.agentId ?? '–'}</td>
                  <td>
                    <a href={addressOf({ screen: 'run', id: approval.runId })}>{approval.runId}</a>
                  </td>
                  <td>
                    <Time at={approval.requestedAt} />
                  </td>
                  <td>
                    <Time at={approval.expiresAt} />
                  </td>
                  <td>{approval.approvers.join(', ') || 'nobody'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="quiet">
        An answer is signed by the approver and given with answer() of the run, in any process of the
        deployment.
      </p>
    </div>
  );
}
