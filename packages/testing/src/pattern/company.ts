import { allCalls, describeOutcome, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';

/** Checks that concurrent runs do not affect each other: each has the result that it has alone, and agents see only its input. */
export async function staysApart(trial: PatternTrial): Promise<string | undefined> {
  const { marks, alone, together } = await trial.company();
  for (const [i, observation] of together.entries()) {
    const { circumstances } = observation;
    const strays = marks.filter((_, other) => other !== i);
    const mixed = allCalls(observation).find((call) =>
      strays.some((mark) => textOf(call.input).includes(mark)),
    );
    if (mixed) return `${circumstances} '${mixed.agent}' received data of another run`;
    const expected = comparable(trial, alone[i] as Observation);
    const received = comparable(trial, observation);
    if (expected !== received)
      return `${circumstances} the result was ${received}, and alone it was ${expected}`;
    const foreign = observation.trail.find((anchor) => anchor.context?.task_id !== observation.taskId);
    if (foreign) return `${circumstances} the trail has a record of ${String(foreign.context?.task_id)}`;
  }
  return undefined;
}

/** Describes the outcome of a run without the ids that differ from run to run. */
function comparable({ setup }: PatternTrial, observation: Observation): string {
  const { outcome, runId, taskId } = observation;
  if (outcome.status === 'failed') return `a failure with ${outcome.error.code}`;
  if (outcome.status !== 'succeeded') return describeOutcome(observation);
  return textOf(setup.comparable(outcome.result)).replaceAll(runId, '<run>').replaceAll(taskId, '<task>');
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'undefined';
