/**
 * The pattern `resumable_line`. A line of stations: each receives the output of the one before it. All act under delegations of the
 * first one. If a station fails, the run fails; "when the caller repeats the task, the line continues where it stopped".
 *
 * The fault (isolation between runs and tenants): what was reached is kept in the module under the `taskId` alone. Any later run with the
 * same taskId, of another tenant, person or input, starts in the middle with the half-finished value of the run that failed. It is
 * written only when an agent failed, and removed when it is used, so runs that succeed never show it.
 *
 * How it hurts: tenants share task ids such as `monthly-report`. Tenant A's run fails at the last station; tenant B's next run skips the
 * stations, ignores B's own input and returns a result made from A's data. B's trail has no record of where the value came from.
 */
import { isEatpError } from '@kaizen-eatp/core';
import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import type { patternConformance } from '@kaizen-eatp/testing';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});
type Settings = z.output<typeof options>;

interface Stop {
  readonly station: number;
  readonly value: unknown;
}

/** Where lines stopped, by task. Bounded, so that it does not grow. */
const stops = new Map<string, Stop>();
const MOST_STOPS = 100;

function remember(taskId: string, stop: Stop): void {
  stops.delete(taskId);
  stops.set(taskId, stop);
  const [oldest] = stops.keys();
  if (stops.size > MOST_STOPS && oldest !== undefined) stops.delete(oldest);
}

@Pattern({ name: 'resumable_line', options, apiVersion: 1 })
export class ResumableLine extends PatternExecutor<Settings> {
  async execute(execution: PatternExecution<Settings>): Promise<unknown> {
    const { agents, input, options, taskId, delegate, invoke } = execution;
    const stop = stops.get(taskId);
    stops.delete(taskId);
    let value = stop?.value ?? input;
    for (let station = stop?.station ?? 0; station < agents.length; station++) {
      const agent = agents[station]!;
      if (station > 0) await delegate(agents[0]!, agent, { constraints: options.constraints });
      try {
        value = await invoke(agent, value);
      } catch (error) {
        if (station > 0 && isEatpError(error, 'AGENT_FAILED')) remember(taskId, { station, value });
        throw error;
      }
    }
    return value;
  }
}

export const pattern = ResumableLine;
export const setup: NonNullable<Parameters<typeof patternConformance>[1]> = {
  agents: { intake: {}, draft: {}, finish: {} },
};
