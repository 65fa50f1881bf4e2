import type { PatternExecution } from './pattern.js';
import type { Run } from './run.js';
import type { RunDriver } from './run-driver.js';

/** The frozen object that pattern code gets. It holds functions only: nothing behind them can be reached through it. */
export function makeExecution(
  run: Run,
  driver: RunDriver,
  input: unknown,
  options: unknown,
): PatternExecution {
  const { initiatorId, humanOrigin } = run.options;
  return Object.freeze({
    input,
    agents: driver.handles,
    options,
    runId: run.runId,
    taskId: run.taskId,
    ...(initiatorId !== undefined && { initiatorId }),
    ...(humanOrigin && { humanOrigin }),
    get signal() {
      return run.control.signal;
    },
    // Misuse rejects rather than throws, so that a pattern has one way of failing to look at.
    invoke: async (agent, payload, how = {}) => driver.invoke(agent, payload, how),
    delegate: async (from, to, how) => driver.delegate(from, to, how),
    verify: async (agent, action) => driver.verify(agent, action),
    share: async (agent, value, how) => driver.share(agent, value, how),
    report: (progress) => run.emit({ type: 'progress', progress }),
  } satisfies PatternExecution);
}
