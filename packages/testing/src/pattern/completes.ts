import { describeOutcome } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';

/** Checks that the run succeeds with agents that have nothing but `run`, and that all of them take part. */
export async function completes(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  if (isExplained(ok)) return undefined;
  if (ok.outcome.status !== 'succeeded') return `${ok.circumstances}: ${describeOutcome(ok)}`;
  const unused = trial.setup.active.filter((name) => ok.calls[name]?.length === 0);
  if (unused.length > 0)
    return `${ok.circumstances}: '${unused.join("', '")}' took no part; if that is meant, the setup must list it as idle`;
  const slow = await trial.slowly();
  if (!isExplained(slow) && slow.outcome.status !== 'succeeded')
    return `${slow.circumstances}: ${describeOutcome(slow)}`;
  const crowd = await trial.inACrowd();
  if (!crowd || isExplained(crowd)) return undefined;
  if (crowd.outcome.status !== 'succeeded') return `${crowd.circumstances}: ${describeOutcome(crowd)}`;
  const left = Object.keys(crowd.calls).filter((name) => crowd.calls[name]?.length === 0);
  return left.length === 0
    ? undefined
    : `${crowd.circumstances}: '${left.join("', '")}' took no part; if the pattern is for a certain number of agents, the setup must name them`;
}
