import { PatternContractError } from '../errors/index.js';
import { type Actor, expectActor } from './actor.js';
import type { SessionOptions } from './session-options.js';

/** An agent of another deployment, or one that takes the name of an agent of this run, does not belong to the run. */
export function expectOwn(at: SessionOptions, agent: unknown): Actor {
  const actor = expectActor(agent);
  const participant = at.participant(actor.id) ?? actor;
  if (actor.deployment === at.deployment && participant === actor) return actor;
  throw new PatternContractError(`Agent '${actor.name}' does not belong to this run`, {
    expected: 'the TrustedAgent that was given to the runtime, or another over the same TrustOperations',
    received: 'another object with its id, or one of another deployment',
    remedy: 'Use the same TrustedAgent object everywhere.',
    evidence: { agentId: actor.id },
  });
}
