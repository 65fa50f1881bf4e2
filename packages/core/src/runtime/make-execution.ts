import { setTimeout } from 'node:timers/promises';
import { DurableRunError, describe, InvalidArgumentError } from '../errors/index.js';
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
    report: (progress) => {
      if (!driver.isReplaying) run.report(progress, driver.valueLimits);
    },
    now: () => run.track(async () => driver.now?.() ?? new Date()),
    random: () => run.track(async () => driver.random?.() ?? Math.random()),
    sleep: (milliseconds) =>
      run.track(async () => {
        expectDuration(milliseconds);
        return driver.sleep ? driver.sleep(milliseconds) : pause(milliseconds, run.control.signal);
      }),
    approval: (request) =>
      run.track(async () => {
        if (!driver.approval) throw DurableRunError.required(run.runId, 'ask for an approval');
        return driver.approval(request);
      }),
  } satisfies PatternExecution);
}

function expectDuration(milliseconds: number): void {
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 0) return;
  throw new InvalidArgumentError('`milliseconds` must be a duration', {
    expected: 'a whole number from 0',
    received: describe(milliseconds),
    remedy: 'Pass milliseconds.',
  });
}

/** Waits in parts, since Node's timers cannot wait as long as a pattern may. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const until = Date.now() + milliseconds;
  for (let left = milliseconds; left > 0; left = until - Date.now())
    await setTimeout(Math.min(left, 2 ** 31 - 1), undefined, { signal }).catch(() => {
      throw signal.reason;
    });
}
