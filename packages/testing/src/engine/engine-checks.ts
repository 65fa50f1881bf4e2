import { EatpError } from '@kaizen-eatp/core';
import { within } from '../conformance/within.js';
import { type EngineTrial, endsRun, fence, setState, type Work } from './engine-trial.js';

type Check = (trial: EngineTrial) => Promise<string | undefined>;

/** How long the suite waits for what must not happen, in milliseconds. */
const SILENCE = 1_500;
const MANY = { quick: 40, full: 400 } as const;

const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `run-${i + 1}`);

/** Work that lasts until it is let go. */
function held(): { work: Work; release: () => void } {
  const gate = Promise.withResolvers<void>();
  return {
    work: async (execution, store) => {
      await gate.promise;
      return endsRun(execution, store);
    },
    release: () => gate.resolve(),
  };
}

/** A run that is enqueued is executed, whether a worker was there before or comes later. */
export const executesRuns: Check = (trial) =>
  trial.inPlace(async (site) => {
    const one = await site.open();
    await site.submit(one, 'run-early');
    await site.serve(one, 2);
    await site.submit(one, 'run-late');
    for (const runId of ['run-early', 'run-late']) {
      if (!(await site.until(() => site.of(runId).length > 0)))
        return `'${runId}' was not executed within ${trial.setup.within} ms`;
      const [execution] = site.of(runId);
      if (typeof execution?.token !== 'string' || execution.token === '')
        return `the execution of '${runId}' has no token`;
      if (!execution.beganOwned) return `the execution of '${runId}' starts with an ended ownership`;
    }
    return undefined;
  });

/** A run that is enqueued again and again, and served by two workers, has one execution at a time. */
export const hasOneOwner: Check = (trial) =>
  trial.inPlace(async (site) => {
    const [one, two] = [await site.open(), await site.open()];
    const { work, release } = held();
    await site.submit(one, 'run-1');
    await Promise.all([one, two, one].map(({ engine }) => engine.enqueue('run-1')));
    await site.serve(one, 4, work);
    await site.serve(two, 4, work);
    if (!(await site.until(() => site.running > 0))) return 'the run was not executed';
    await two.engine.enqueue('run-1');
    await site.until(() => site.running > 1, SILENCE);
    const { running } = site;
    release();
    return running > 1 ? `${running} executions of one run were in progress at a time` : undefined;
  });

/** No worker has more executions than its concurrency, and it uses it. */
export const keepsToConcurrency: Check = (trial) =>
  trial.inPlace(async (site) => {
    const one = await site.open();
    const { work, release } = held();
    for (const runId of ids(5)) await site.submit(one, runId);
    await site.serve(one, 3, work);
    const reached = await site.until(() => site.running >= 3);
    await site.until(() => site.running > 3, SILENCE);
    const { running } = site;
    release();
    if (!reached) return `a worker with a concurrency of 3 executed ${running} of 5 runs at a time`;
    if (running > 3) return `a worker with a concurrency of 3 executed ${running} runs at a time`;
    const all = await site.until(() => new Set(site.executions.map(({ runId }) => runId)).size === 5);
    return all ? undefined : 'the runs that had to wait for a place were not executed';
  });

/** Every execution has a token of its own, which the store accepts until the next one. */
export const givesNewTokens: Check = (trial) =>
  trial.inPlace(async (site) => {
    const one = await site.open();
    let attempts = 0;
    await site.serve(one, 2, async (execution, store) => {
      attempts += 1;
      if (attempts === 1) throw new Error('the conformance suite fails the first execution');
      return endsRun(execution, store);
    });
    await site.submit(one, 'run-1');
    if (!(await site.until(() => site.of('run-1').length > 1, trial.setup.takeOverWithin)))
      return 'a run whose execution failed was not executed again';
    const [first, second] = site.of('run-1');
    if (first?.token === second?.token) return 'the second execution of a run has the token of the first';
    await site.submit(one, 'run-2');
    if (!(await site.until(() => site.of('run-2').length > 0))) return 'the next run was not executed';
    const tokens = site.executions.map(({ token }) => token);
    return new Set(tokens).size === tokens.length ? undefined : 'two executions have the same token';
  });

/** A run that has ended is not executed again. */
export const endsOnce: Check = (trial) =>
  trial.inPlace(async (site) => {
    const one = await site.open();
    await site.serve(one, 2);
    await site.submit(one, 'run-1');
    if (!(await site.until(() => site.executions.length > 0))) return 'the run was not executed';
    await site.until(() => site.executions.length > 1, SILENCE);
    return site.executions.length > 1 ? 'a run was executed again after its end' : undefined;
  });

/** A run that waits is not executed until it is woken, and then is. */
export const leavesWaitingRuns: Check = (trial) =>
  trial.inPlace(async (site) => {
    const one = await site.open();
    await site.serve(one, 1, async (execution, store) => {
      if (site.of('run-1').length > 1 || execution.runId !== 'run-1') return endsRun(execution, store);
      await store.commit(setState(execution, 'waiting'));
      return 'suspended';
    });
    await site.submit(one, 'run-1');
    if (!(await site.until(() => site.of('run-1').length > 0))) return 'the run was not executed';
    await site.submit(one, 'run-2');
    if (!(await site.until(() => site.of('run-2').length > 0)))
      return 'a run that waits takes the place of another one';
    await site.until(() => site.of('run-1').length > 1, SILENCE);
    if (site.of('run-1').length > 1) return 'a run that waits was executed before it was woken';
    await site.wake(one, 'run-1');
    const woken = await site.until(() => site.of('run-1').length > 1);
    return woken ? undefined : 'a run that was woken was not executed';
  });

/** A worker that stops waits for what it executes and takes no more; the next worker executes the rest. */
export const drains: Check = (trial) =>
  trial.inPlace(async (site) => {
    const [one, two] = [await site.open(), await site.open()];
    const { work, release } = held();
    const first = await site.serve(one, 1, work);
    await site.submit(one, 'run-1');
    if (!(await site.until(() => site.running === 1))) return 'the run was not executed';
    const stopped = first.stop();
    await site.submit(one, 'run-2');
    if (
      (await within(
        stopped.then(() => true),
        300,
      )) === true
    )
      return 'stop() resolved while an execution was in progress';
    release();
    if (
      (await within(
        stopped.then(() => true),
        trial.setup.within,
      )) !== true
    )
      return 'stop() did not resolve after the executions had ended';
    if (site.of('run-2').length > 0) return 'a worker took another run while it stopped';
    await site.serve(two, 1);
    const taken = await site.until(() => site.of('run-2').length > 0);
    return taken ? undefined : 'a run that was left over by a worker was not executed by the next';
  });

/** Many runs, submitted by two processes, are all executed, each once. */
export const executesMany: Check = (trial) =>
  trial.inPlace(async (site) => {
    const [one, two] = [await site.open(), await site.open()];
    const runIds = ids(MANY[trial.thoroughness]);
    await site.serve(one, 8);
    if (trial.setup.distributed) await site.serve(two, 8);
    await Promise.all(runIds.map((runId, i) => site.submit(i % 2 === 0 ? one : two, runId)));
    // Those that the engine of another process received are found by looking.
    const patience = trial.setup.within + runIds.length * 100;
    await site.until(
      () => new Set(site.executions.map(({ runId }) => runId)).size === runIds.length,
      patience,
    );
    const missing = runIds.filter((runId) => site.of(runId).length === 0);
    if (missing.length > 0) return `${missing.length} of ${runIds.length} runs were not executed`;
    const twice = runIds.find((runId) => site.of(runId).length > 1);
    return twice === undefined ? undefined : `'${twice}' was executed ${site.of(twice).length} times`;
  });

/** Several workers share the runs of a place. */
export const sharesWork: Check = (trial) =>
  trial.inPlace(async (site) => {
    const [one, two] = [await site.open(), await site.open()];
    const { work, release } = held();
    await site.serve(one, 1, work);
    await site.serve(two, 1, work);
    for (const runId of ids(2)) await site.submit(one, runId);
    const shared = await site.until(() => site.running === 2);
    release();
    return shared ? undefined : 'two workers with a concurrency of 1 did not execute two runs at a time';
  });

/** The token of an execution that failed is worth nothing once the run is executed again. */
export const fencesTheLastOwner: Check = (trial) =>
  trial.inPlace(async (site) => {
    const one = await site.open();
    const { work, release } = held();
    let attempts = 0;
    await site.serve(one, 1, async (execution, store) => {
      attempts += 1;
      if (attempts === 1) throw new Error('the conformance suite fails the first execution');
      return work(execution, store);
    });
    await site.submit(one, 'run-1');
    if (
      !(await site.until(() => site.of('run-1').length > 1 && site.running === 1, trial.setup.takeOverWithin))
    )
      return 'a run whose execution failed was not executed again';
    const [first] = site.of('run-1');
    // The second execution has claimed the run a moment after it started.
    await site.until(() => false, 200);
    const refused = await one.store.commit([fence(first as never)]).then(
      () => undefined,
      (error: unknown) => error,
    );
    release();
    if (refused === undefined) return 'the store took a batch of the execution that had failed';
    const code = refused instanceof EatpError ? refused.code : String(refused);
    return code === 'STORE_NOT_OWNER' ? undefined : `a batch of the last owner was refused with ${code}`;
  });
