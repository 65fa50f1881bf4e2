import type { CompleteSetup } from './complete-setup.js';
import { allCalls, describeOutcome, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';

/** Checks that a cancellation reaches every agent at work, and that the run and the pattern end soon after it. */
export async function obeysCancel(trial: PatternTrial): Promise<string | undefined> {
  for (const observation of await trial.cancelled()) {
    const reason = disobedience(trial.setup, observation);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Checks the same for a timeout. */
export async function obeysTimeout(trial: PatternTrial): Promise<string | undefined> {
  return disobedience(trial.setup, await trial.timedOut());
}

function disobedience({ stopBound }: CompleteSetup, observation: Observation): string | undefined {
  const { circumstances, outcome, stop } = observation;
  // If no agent started, or the run ended by itself, another requirement reports why.
  if (!stop || isExplained(observation)) return undefined;
  if (!stop.runEnded) return `${circumstances}: the run had not ended ${stopBound} ms later`;
  if (outcome.status !== 'failed' || outcome.error.code !== stop.code) {
    return `${circumstances}: expected ${stop.code}, but ${describeOutcome(observation)}`;
  }
  const deaf = allCalls(observation).find((call) => call.outcome === 'running');
  if (deaf) return `${circumstances}: the invocation of '${deaf.agent}' was not aborted`;
  if (!stop.patternEnded)
    return `${circumstances}: the pattern's execute() had not settled ${stopBound} ms later`;
  return undefined;
}
