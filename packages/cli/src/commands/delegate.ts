import { randomUUID } from 'node:crypto';
import { formatTimestamp, type ReasoningTrace, reasoningPreimage } from '@kaizen-eatp/core/records';
import { usage } from '../errors.js';
import { fields } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { expectItems } from './agent.js';

/** Delegates capabilities for a task, or offers a lasting delegation. */
export async function delegate(session: Session, given: Given): Promise<Outcome> {
  const trust = await session.trust();
  const [from, to] = [given.required('from'), given.required('to')];
  const capabilities = expectItems(given.list('capabilities'), '--capabilities');
  const constraints = given.list('constraints');
  const task = given.text('task');
  const reasoningTrace = reasoningOf(given);
  const expiresAt = given.moment('expires', Date.now(), 'ahead');
  const parent = given.text('parent');
  const record = await trust.delegate({
    delegatorId: from,
    delegateeId: to,
    taskId: task ?? `task-${randomUUID()}`,
    capabilities,
    lasting: task === undefined,
    ...(constraints.length > 0 && { additionalConstraints: constraints }),
    ...(reasoningTrace && { reasoningTrace }),
    ...(expiresAt && { expiresAt }),
    ...(parent !== undefined && { parentDelegationId: parent }),
  });
  return {
    result: {
      delegation_id: record.id,
      from,
      to,
      capabilities: record.capabilitiesDelegated,
      constraints: record.constraintSubset,
      task_id: record.taskId,
      lasting: task === undefined,
      expires_at: record.expiresAt ?? null,
      ...(reasoningTrace && { reasoning_trace: reasoningPreimage(reasoningTrace) }),
    },
    lines: [
      task === undefined ? 'Delegation offered.' : 'Delegation created.',
      ...fields([
        ['Delegation', record.id],
        ['From', from],
        ['To', to],
        ['Capabilities', record.capabilitiesDelegated.join(', ')],
        ['Constraints', record.constraintSubset.join(', ') || undefined],
        ['Holds for', task === undefined ? 'every task (lasting), once it is accepted' : `task ${task}`],
        ['Expires', record.expiresAt],
        ['Decision', given.text('reasoningDecision')],
      ]),
      ...(task === undefined
        ? [`It gives nothing until ${to} accepts it: kaizen-eatp offer accept ${record.id} --agent ${to}`]
        : []),
    ],
  };
}

function reasoningOf(given: Given): ReasoningTrace | undefined {
  const [decision, rationale] = [given.text('reasoningDecision'), given.text('reasoningRationale')];
  if (decision === undefined && rationale === undefined) return undefined;
  if (decision === undefined || rationale === undefined) {
    throw usage('A reasoning has a decision and a rationale', {
      expected: '--reasoning-decision and --reasoning-rationale',
      received: 'one of them',
    });
  }
  const confidentiality = (given.text('reasoningConfidentiality') ??
    'restricted') as ReasoningTrace['confidentiality'];
  return { decision, rationale, confidentiality, timestamp: formatTimestamp(new Date()) };
}
