import type { DelegationRecord } from '@kaizen-eatp/core';
import { counted, fields, table } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Lists the offers by and to an agent. */
export async function list(session: Session, given: Given): Promise<Outcome> {
  const agentId = given.argument(0);
  const trust = await session.trust();
  const offers = [
    ...(await trust.listOffers({ delegateeId: agentId })),
    ...(await trust.listOffers({ delegatorId: agentId })),
  ];
  return {
    result: { offers: offers.map(jsonOf), total: offers.length },
    lines: [
      counted(offers.length, 'offer'),
      ...table(
        ['delegation', 'from', 'to', 'capabilities', 'constraints'],
        offers.map(({ id, delegatorId, delegateeId, capabilitiesDelegated, constraintSubset }) => [
          ...[id, delegatorId, delegateeId],
          ...[capabilitiesDelegated.join(', '), constraintSubset.join(', ')],
        ]),
      ),
    ],
  };
}

/** Accepts an offer for its delegatee. */
export async function accept(session: Session, given: Given): Promise<Outcome> {
  const [delegationId, agentId] = [given.argument(0), given.required('agent')];
  const trust = await session.trust();
  const chain = await trust.acceptDelegation({ delegationId, agentId });
  const record = chain.delegations.find(({ id }) => id === delegationId) as DelegationRecord;
  return {
    result: { ...jsonOf(record), status: 'accepted' },
    lines: [
      'Delegation accepted.',
      ...fields([
        ['Delegation', delegationId],
        ['From', record.delegatorId],
        ['To', agentId],
        ['Capabilities', record.capabilitiesDelegated.join(', ')],
        ['Constraints', record.constraintSubset.join(', ') || undefined],
        ['Expires', record.expiresAt],
      ]),
    ],
  };
}

/** Declines an offer for its delegatee. */
export async function decline(session: Session, given: Given): Promise<Outcome> {
  const [delegationId, agentId] = [given.argument(0), given.required('agent')];
  const trust = await session.trust();
  const reason = given.text('reason') ?? 'by an operator';
  await trust.declineDelegation({ delegationId, agentId, reason });
  return {
    result: { delegation_id: delegationId, agent_id: agentId, status: 'declined' },
    lines: [`Delegation ${delegationId} was declined. It cannot be accepted any more.`],
  };
}

const jsonOf = (record: DelegationRecord) => ({
  delegation_id: record.id,
  from: record.delegatorId,
  to: record.delegateeId,
  capabilities: record.capabilitiesDelegated,
  constraints: record.constraintSubset,
  expires_at: record.expiresAt ?? null,
});
