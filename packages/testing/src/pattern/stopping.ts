import type { CompleteSetup } from './complete-setup.js';
import { allCalls, describeOutcome, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';

/** Whether a cancellation reaches every agent at work, and everything about the run ends soon after. */
export async function obeysCancel(trial: PatternTrial): Promise<string | undefined> {
  for (const observation of await trial.cancelled()) {
    const reason = disobedience(trial.setup, observation);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The same for a timeout. */
export async function obeysTimeout(trial: PatternTrial): Promise<string | undefined> {
  return disobedience(trial.setup, await trial.timedOut());
}

function disobedience({ bound }: CompleteSetup, observation: Observation): string | undefined {
  const { circumstances, outcome, stop } = observation;
  // The agents were never reached; why is another requirement's matter, and so is a run that ended of itself.
  if (!stop || isExplained(observation)) return undefined;
  if (!stop.runEnded) return `${circumstances}: the run had not ended ${bound} ms later`;
  if (outcome.status !== 'failed' || outcome.error.code !== stop.code) {
    return `${circumstances}: expected ${stop.code}, but ${describeOutcome(observation)}`;
  }
  const deaf = allCalls(observation).find((call) => call.outcome === 'running');
  if (deaf) return `${circumstances}: '${deaf.agent}' was not told to stop`;
  if (!stop.patternEnded)
    return `${circumstances}: the pattern's execute() had not settled ${bound} ms later`;
  return undefined;
}
