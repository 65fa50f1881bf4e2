import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Lets a revoked agent be established again. */
export async function reinstate(session: Session, given: Given): Promise<Outcome> {
  const agentId = given.argument(0);
  const trust = await session.trust();
  await session.confirm(given, `Reinstate agent ${agentId}?`);
  await trust.reinstate({ agentId, reason: given.text('reason') ?? 'by an operator' });
  return {
    result: { agent_id: agentId, status: 'reinstated' },
    lines: [
      `Agent ${agentId} can be established again: kaizen-eatp agent establish ${agentId} --authority ID --capabilities LIST`,
    ],
  };
}
