import type { RevokeRequest } from '@kaizen-eatp/core';
import { counted, fields } from '../output/lines.js';
import {
  type Impact,
  impactOfAgent,
  impactOfDelegation,
  impactOfHuman,
  UNKNOWN_PERSON,
} from '../reading/impact.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Revokes an agent. */
export async function agent(session: Session, given: Given): Promise<Outcome> {
  const agentId = given.argument(0);
  const impact = await impactOfAgent(await session.store(), agentId);
  return revoke(session, given, `agent ${agentId}`, { agent_id: agentId }, impact, { agentId });
}

/** Revokes a delegation. */
export async function delegation(session: Session, given: Given): Promise<Outcome> {
  const delegationId = given.argument(0);
  const impact = await impactOfDelegation(await session.store(), delegationId);
  const subject = { delegation_id: delegationId, agent_id: impact.delegateeId };
  return revoke(session, given, `delegation ${delegationId}`, subject, impact, { delegationId });
}

/** Revokes what was delegated on behalf of a person. */
export async function human(session: Session, given: Given): Promise<Outcome> {
  const humanId = given.argument(0);
  const impact = await impactOfHuman(await session.store(), humanId);
  const { isKnown = false } = impact;
  if (!isKnown)
    session.out.note(`${UNKNOWN_PERSON} A revocation bars later delegations on behalf of this id.`);
  const subject = { human_id: humanId, known: isKnown };
  return revoke(session, given, 'everything on behalf of the person', subject, impact, { humanId });
}

async function revoke(
  session: Session,
  given: Given,
  what: string,
  subject: object,
  impact: Impact,
  of: { agentId: string } | { delegationId: string } | { humanId: string },
): Promise<Outcome> {
  const cascade = !given.isOff('cascade');
  if (given.flag('dryRun')) {
    return {
      result: { ...subject, status: 'not_revoked', cascade, ...impactJson(impact) },
      lines: [`Revoking ${what} would end:`, ...describe(impact)],
    };
  }
  const summary = `${counted(impact.delegations.length, 'delegation')}, ${counted(impact.running.length, 'running call')}`;
  await session.confirm(given, `Revoke ${what}? This ends ${summary}.`);
  const request = { ...of, reason: given.text('reason') ?? 'by an operator', cascade } as RevokeRequest;
  const report = await (await session.trust()).revoke(request);
  return {
    result: {
      ...subject,
      status: 'revoked',
      cascade,
      agents: report.agents,
      delegations: report.delegations,
    },
    lines: [
      !('agentId' in of) || report.agents.length + report.delegations.length > 0
        ? `Revoked ${what}.`
        : `Nothing was left to end: ${what} was revoked before.`,
      ...fields([
        ['Agents ended', report.agents.join(', ') || 'none'],
        ['Delegations ended', report.delegations.join(', ') || 'none'],
        ['Running calls stopped', impact.running.length],
      ]),
    ],
  };
}

const impactJson = ({ agents, delegations, running }: Impact) => ({
  agents,
  delegations: delegations.map(({ delegationId, delegatorId, delegateeId, taskId, offered }) => ({
    delegation_id: delegationId,
    from: delegatorId,
    to: delegateeId,
    task_id: taskId,
    offered,
  })),
  running: running.map(({ invocationId, agentId, action }) => ({
    invocation_id: invocationId,
    agent_id: agentId,
    action,
  })),
});

const describe = ({ agents, delegations, running }: Impact): string[] => [
  `  ${counted(agents.length, 'agent')}${agents.length > 0 ? `: ${agents.join(', ')}` : ''}`,
  `  ${counted(delegations.length, 'delegation')}`,
  ...delegations.map(
    ({ delegationId, delegatorId, delegateeId, offered }) =>
      `    ${delegationId}: ${delegatorId} to ${delegateeId}${offered ? ' (offered)' : ''}`,
  ),
  `  ${counted(running.length, 'running call')}`,
  ...running.map((each) => `    ${each.agentId}: ${each.action} (${each.invocationId})`),
];
