import type { PatternExecution } from '../pattern/pattern.js';
import type { Run } from './run.js';
import type { RunDriver } from './run-driver.js';

/** The frozen object that pattern code gets. It holds functions only: nothing behind them can be reached through it. */
export function makeExecution(
  run: Run,
  driver: RunDriver,
  input: unknown,
  options: unknown,
): PatternExecution {
  const { initiatorId, humanOrigin } = run.request;
  return Object.freeze({
    input,
    agents: driver.handles,
    options,
    runId: run.runId,
    taskId: run.taskId,
    isGuarded: driver.isGuarded,
    maxDelegationDepth: driver.maxDelegationDepth,
    ...(initiatorId !== undefined && { initiatorId }),
    ...(humanOrigin && { humanOrigin }),
    get signal() {
      return run.control.signal;
    },
    // Misuse rejects rather than throws, so that a pattern has one way of failing to handle.
    invoke: (agent, payload, how) => run.track(() => driver.invoke(agent, payload, how)),
    delegate: (from, to, how) => run.track(() => driver.delegate(from, to, how)),
    verify: (agent, action, how) => run.track(() => driver.verify(agent, action, how)),
    share: (agent, value, how) => run.track(() => driver.share(agent, value, how)),
    report: (progress) => run.report(progress, driver.valueLimits),
  } satisfies PatternExecution);
}
