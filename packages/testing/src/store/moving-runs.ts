import { StoreError } from '@kaizen-eatp/core/errors';
import type { SetRunState, StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { AT, add, claim, end, fence, LATER, record } from './durable-runs.js';
import { expectRefusal, expectSame, expectThat } from './expectations.js';
import type { StoreTrial } from './store-trial.js';

const setState = (runId: string, more: Partial<SetRunState>): StoreWrite => ({
  ...{ op: 'set_run_state', runId, state: 'waiting', outcome: null, note: null, wakeAt: null, at: AT },
  ...more,
});

/** Keeps the state of durable runs: what waits is woken, what is cancelled stays so, and what has ended stays as it is. */
export async function movesDurableRuns(store: TrustStore): Promise<void> {
  const names = ['waits', 'sleeps', 'withheld', 'runs', 'ended', 'inner'];
  const owner = 'owner-1';
  for (const [i, runId] of names.entries()) {
    const parentRunId = runId === 'inner' ? 'ended' : null;
    await store.commit([add(runId, { parentRunId, submittedAt: `2026-06-01T12:00:0${i}.000+00:00` })]);
    await store.commit([claim(runId, owner)]);
  }
  await store.commit([fence('waits', owner), setState('waits', {})]);
  await store.commit([fence('sleeps', owner), setState('sleeps', { wakeAt: LATER })]);
  await store.commit([
    fence('withheld', owner),
    setState('withheld', { state: 'withheld', note: 'no code' }),
  ]);
  await store.commit([fence('inner', owner), record('inner', '1'), end('inner')]);
  await store.commit([fence('ended', owner), record('ended', '1'), end('ended')]);

  const ids = async (filter: Parameters<TrustStore['findRuns']>[0]): Promise<string[]> =>
    (await store.findRuns(filter)).map(({ runId }) => runId);
  expectSame('runs that wake by a time', await ids({ wakesBy: LATER }), ['sleeps']);
  expectSame('runs that wake by an earlier time', await ids({ wakesBy: AT }), []);
  expectSame('runs that ended by a time', await ids({ endedBy: LATER }), ['ended', 'inner']);
  expectSame('runs that ended by an earlier time', await ids({ endedBy: AT }), []);
  expectSame('a bounded number of runs', await ids({ states: ['waiting', 'withheld'], limit: 2 }), [
    'waits',
    'sleeps',
  ]);
  await refusesWritesToEnded(store, owner);

  const cancel = (runId: string, by: string): StoreWrite => ({ op: 'cancel_run', runId, cancel: by });
  await store.commit([cancel('runs', 'first'), cancel('ended', 'first')]);
  await store.commit([cancel('runs', 'second')]);
  expectSame('runs whose cancellation was requested', await ids({ cancelRequested: true }), ['runs']);
  expectSame('who cancelled a run first', (await store.readRun('runs'))?.run.cancel, 'first');

  const described = async (runId: string): Promise<unknown> => {
    const { state, note, wakeAt, updatedAt } = (await store.readRun(runId))?.run ?? {};
    return [state, note, wakeAt, updatedAt];
  };
  const before = await Promise.all(['runs', 'ended'].map(described));
  await store.commit(names.map((runId) => ({ op: 'wake_run', runId, at: LATER }) as const));
  for (const runId of ['waits', 'sleeps', 'withheld'])
    expectSame(`'${runId}' once it is woken`, await described(runId), ['queued', null, null, LATER]);
  expectSame(
    'runs that there is nothing to wake of',
    await Promise.all(['runs', 'ended'].map(described)),
    before,
  );

  await store.commit([{ op: 'drop_run_content', runId: 'ended' }]);
  expectSame('runs whose content is still kept, once it is deleted', await ids({ endedBy: LATER }), []);
  const inner = await store.readRun('inner');
  expectSame(
    'the content of a run inside one whose content is deleted',
    [inner?.run.outcome, inner?.steps],
    [null, []],
  );
}

async function refusesWritesToEnded(store: TrustStore, owner: string): Promise<void> {
  for (const [what, write] of [
    ['a step', record('ended', '2')],
    ['another state', setState('ended', {})],
    ['a claim', claim('ended', 'owner-2')],
  ] as const) {
    const batch = write.op === 'claim_run' ? [write] : [fence('ended', owner), write];
    await expectRefusal(`${what} of a run that has ended`, store.commit(batch), 'STORE_CONFLICT');
  }
}

/** One instance at a time has the right to execute the runs, unless only an engine can execute them. */
export const holdsRunsOnce = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const [one, other] = await place.openTwo();
    const hold = (store: TrustStore) =>
      store.holdRuns().catch((error: unknown) => {
        if (error instanceof StoreError) return error;
        throw error;
      });
    const first = await hold(one);
    if (first instanceof StoreError) return;
    expectThat(
      'the right to execute the runs was not given to the first who asked',
      typeof first === 'function',
    );
    expectSame('the right to execute the runs, while another has it', await hold(other), undefined);
    await first?.();
    const second = await hold(other);
    expectThat('the right to execute the runs was not given again', typeof second === 'function');
    if (typeof second === 'function') await second();
  });
