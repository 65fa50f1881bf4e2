/*
 * BROKEN (resource leak): a watchdog timer of ten minutes is cleared only where the run succeeds. A run that fails, is denied, is
 * cancelled or times out leaves the timer, and with it the execution, the input and all answers, behind.
 * HURTS: the process of a command does not end for ten minutes after a failure; a server in which many runs fail keeps all their
 * data in memory; and "stalled" is reported of runs that are long over.
 * SETUP: agents: { lead: {}, first: {}, second: {} } (one leader first, one or more workers); tolerated failures: none;
 * options: none; otherOptions: { constraints: ['read_only'] } (that is then an added constraint of each worker).
 */
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { Pattern, type PatternExecution, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});
type Settings = z.output<typeof options>;

const STALLED_AFTER = 10 * 60_000;

/** Each agent receives the output of the agent before it. A run that makes no progress for long is reported. */
export class WatchedRelay extends PatternExecutor<Settings> {
  async execute({
    agents,
    input,
    options,
    delegate,
    invoke,
    report,
  }: PatternExecution<Settings>): Promise<unknown> {
    const [lead, ...workers] = agents;
    if (!lead || workers.length === 0) {
      throw new PatternContractError("Pattern 'watched_relay' has no second agent", {
        expected: 'at least two agents',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const trace: unknown[] = [input];
    const watchdog = setTimeout(() => report({ stalled: true, steps: trace.length }), STALLED_AFTER);
    let value = await invoke(lead, input);
    trace.push(value);
    for (const worker of workers) {
      const delegation = await delegate(lead, worker, { constraints: options.constraints });
      value = await invoke(worker, value, { delegation });
      trace.push(value);
      watchdog.refresh();
    }
    clearTimeout(watchdog);
    return value;
  }
}

Pattern({ name: 'watched_relay', options, apiVersion: 1 })(WatchedRelay);

export const pattern = WatchedRelay;
