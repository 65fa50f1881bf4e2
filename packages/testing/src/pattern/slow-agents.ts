import { callCounts, grantsOf } from './conduct.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { timedRun } from './timed-run.js';
import { ORDERS } from './turnstile.js';

const HOUR = 3_600_000;

/** Checks that no agent is called again or given more because an agent takes long by the clock of the run. */
export async function waitsForSlowAgents(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  if (ok.outcome.status !== 'succeeded' || isExplained(ok)) return undefined;
  const all = moreThan(trial, ok, await trial.slowly());
  if (all !== undefined) return all;
  for (const name of trial.setup.active) {
    const slow = await timedRun(trial, `when each answer of '${name}' takes an hour`, {
      order: ORDERS.first,
      held: [name],
      takes: HOUR,
    });
    const reason = moreThan(trial, ok, slow);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Finds what happened in a run and not in the ordinary one, except for what the setup says can happen. */
function moreThan({ setup }: PatternTrial, ok: Observation, slow: Observation): string | undefined {
  if (isExplained(slow)) return undefined;
  const [before, after] = [callCounts(ok), callCounts(slow)];
  for (const [name, made] of Object.entries(after)) {
    const usual = before[name] ?? 0;
    const most = Math.max(usual, setup.agents[name]?.calls[1] ?? 0);
    if (made > most)
      return `${slow.circumstances}: '${name}' was called ${made} times, and otherwise ${usual} times`;
  }
  const left = grantsOf(ok);
  for (const grant of grantsOf(slow)) {
    const at = left.indexOf(grant);
    if (at >= 0) left.splice(at, 1);
    else if (!isForesaid(setup, before, grant))
      return `${slow.circumstances}: there was a delegation from ${grant}, which there otherwise is not`;
  }
  return undefined;
}

/** Whether the setup says that the agent that is given something can be called more often than in the ordinary run. */
const isForesaid = (
  { agents }: PatternTrial['setup'],
  usual: Readonly<Record<string, number>>,
  grant: string,
): boolean =>
  Object.entries(agents).some(
    ([name, { calls }]) => grant.includes(` to '${name}' for `) && calls[1] > (usual[name] ?? 0),
  );
