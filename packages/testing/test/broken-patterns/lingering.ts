import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { allOf, parts, workUnder } from './good-pattern.js';

// Patterns that do not end when their run ends. Each is the good pattern with one fault.

/** Ends 1.7 s after a cancellation. */
export const stopsLate = definePattern({
  name: 'stops_late',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    try {
      const plan = await execution.invoke(lead, execution.input);
      return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
    } catch (error) {
      if (execution.signal.aborted) await sleep(1_700);
      throw error;
    }
  },
});

/** The timers of the patterns here, for the test to clear. */
export const timers: NodeJS.Timeout[] = [];

/** Leaves a timer. */
export const leavesATimer = definePattern({
  name: 'leaves_a_timer',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    timers.push(setTimeout(() => undefined, 60_000));
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

/** Leaves an interval, which does not keep the process alive, and works on. */
export const leavesAnInterval = definePattern({
  name: 'leaves_an_interval',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    timers.push(setInterval(() => undefined, 1_000).unref());
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});

/** Leaves a timer behind only when an agent fails. */
export const leavesATimerOnFailure = definePattern({
  name: 'leaves_a_timer_on_failure',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const timer = setTimeout(() => undefined, 60_000);
    timers.push(timer);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    clearTimeout(timer);
    return Object.fromEntries(done);
  },
});

/** Has a promise that rejects when nothing waits for it. */
export const rejectsLater = definePattern({
  name: 'rejects_later',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    void Promise.resolve().then(() => {
      throw new Error('too late');
    });
    return Object.fromEntries(done);
  },
});

/** Throws in a timer that fires soon after the run. */
export const throwsLater = definePattern({
  name: 'throws_later',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    setTimeout(() => {
      throw new Error('too late');
    }, 1).unref();
    return Object.fromEntries(done);
  },
});

/** Asks for more when the run is over. */
export const callsLater = definePattern({
  name: 'calls_later',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    const plan = await execution.invoke(lead, execution.input);
    const done = await allOf(workers, (worker) => workUnder(execution, lead, worker, plan));
    queueMicrotask(() => setImmediate(() => execution.invoke(lead, 'and now?').catch(() => undefined)));
    return Object.fromEntries(done);
  },
});

const notices = new EventEmitter().setMaxListeners(0);
/** Waits for the cancellation with a listener that it never removes, on an emitter of its own. */
export const collectsListeners = definePattern({
  name: 'collects_listeners',
  async execute(execution) {
    const { lead, workers } = parts(execution);
    void once(notices, 'closed').then(() => execution.report('closed'));
    const plan = await execution.invoke(lead, execution.input);
    return Object.fromEntries(await allOf(workers, (worker) => workUnder(execution, lead, worker, plan)));
  },
});
