import { allCalls, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';

/** Checks that the run's own trail verifies and has every call of an agent with its outcome. */
export async function recordsEverything(trial: PatternTrial): Promise<string | undefined> {
  const stopped = [...(await trial.cancelled()), await trial.timedOut()];
  for (const observation of [
    await trial.ok(),
    ...(await trial.failures()),
    await trial.allFail(),
    ...(await trial.denials()),
    ...stopped,
  ]) {
    const reason = observation.outcome.status === 'unended' ? undefined : missingRecord(observation);
    if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
  }
  return undefined;
}

function missingRecord(observation: Observation): string | undefined {
  const { trail, verification, openIntents, outsideEntries } = observation;
  for (const call of allCalls(observation)) {
    const { invocationId } = call.context;
    const anchors = trail.filter((anchor) => anchor.context?.invocation_id === invocationId);
    if (anchors.length !== 1)
      return `'${call.agent}' was called, and the trail has ${anchors.length} records of that call`;
    const failed = call.outcome === 'threw' && !call.wasAborted;
    if (failed && anchors[0]?.result !== 'failure') {
      return `'${call.agent}' failed, and the trail says '${anchors[0]?.result}'`;
    }
  }
  if (outsideEntries > 0) return `${outsideEntries} acts were recorded outside the run`;
  if (openIntents > 0) return `${openIntents} intents were left without an outcome`;
  if (verification.valid) return undefined;
  return `the trail does not verify: ${[`it is ${verification.state}`, ...verification.problems.map((problem) => problem.reason)].join('; ')}`;
}
