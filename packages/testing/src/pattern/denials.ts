import { swallowsNoFailure } from './failures.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { textOf } from './texts.js';

/** Checks that a run without an agent that was revoked either fails, or shows the denial in its trail. */
export async function showsDenials(trial: PatternTrial): Promise<string | undefined> {
  // A pattern that swallows failures fails the requirement about those.
  if ((await swallowsNoFailure(trial)) !== undefined) return undefined;
  const { calls } = await trial.ok();
  for (const observation of await trial.denials()) {
    if (calls[observation.revoked as string]?.length === 0) continue;
    const reason = hiddenDenial(trial, observation) ?? praised(observation);
    if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
  }
  return undefined;
}

function hiddenDenial({ setup }: PatternTrial, observation: Observation): string | undefined {
  const { outcome, calls, revoked = '' } = observation;
  if (outcome.status === 'unended') return 'the run neither failed nor ended';
  if (outcome.status === 'failed' || isExplained(observation)) return undefined;
  // It answered before it was revoked.
  if (calls[revoked]?.some((call) => call.outcome === 'returned' && !call.wasAborted)) return undefined;
  const { tolerates } = setup;
  if (!tolerates.agents.includes(revoked))
    return `the run succeeded without '${revoked}', though the setup does not tolerate that`;
  return trailShows(observation, revoked)
    ? undefined
    : `the run succeeded without '${revoked}', and nothing in its trail shows that it was denied`;
}

/** A failure that the pattern itself records is no success. */
function praised({ asked }: Observation): string | undefined {
  for (const [i, { op, agents, value, options }] of asked.entries()) {
    if (op !== 'share' || (options.result ?? 'success') !== 'success') continue;
    const text = textOf([value, options.details]);
    const failed = asked.slice(0, i).find(({ error }) => error && text.includes(error.message));
    if (failed)
      return `share of '${agents[0]}' records the failure of a request to ${failed.op} (${failed.error?.code}) as a success`;
  }
  return undefined;
}

const trailShows = ({ trail }: Observation, agent: string): boolean =>
  trail.some(
    (anchor) =>
      (anchor.result === 'denied' || anchor.result === 'failure') &&
      (anchor.agentId === `agent-${agent}` || textOf(anchor.context).includes(agent)),
  );
