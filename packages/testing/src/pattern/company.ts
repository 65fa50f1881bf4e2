import { allCalls, describeOutcome, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';

/** Whether runs at the same time stay apart: each gets what it gets alone, from agents that see its input only. */
export async function staysApart(trial: PatternTrial): Promise<string | undefined> {
  const { marks, alone, together } = await trial.company();
  for (const [i, observation] of together.entries()) {
    const { circumstances } = observation;
    const strays = marks.filter((_, other) => other !== i);
    const mixed = allCalls(observation).find((call) =>
      strays.some((mark) => textOf(call.input).includes(mark)),
    );
    if (mixed) return `${circumstances} '${mixed.agent}' was given something of another run`;
    const expected = comparable(trial, alone[i] as Observation);
    const received = comparable(trial, observation);
    if (expected !== received)
      return `${circumstances} the run came to ${received}, and alone to ${expected}`;
    const foreign = observation.trail.find((anchor) => anchor.context?.task_id !== observation.taskId);
    if (foreign) return `${circumstances} the trail has a record of ${String(foreign.context?.task_id)}`;
  }
  return undefined;
}

/** What a run came to, without the ids that differ from run to run. */
function comparable({ setup }: PatternTrial, observation: Observation): string {
  const { outcome, runId, taskId } = observation;
  if (outcome.status === 'failed') return `a failure with ${outcome.error.code}`;
  if (outcome.status !== 'succeeded') return describeOutcome(observation);
  return textOf(setup.comparable(outcome.result)).replaceAll(runId, '<run>').replaceAll(taskId, '<task>');
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'undefined';
