import {
  ERASED_RUN,
  type StepRecord,
  type StoredRun,
  type StoreWrite,
  type TrustStore,
} from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import type { StoreTrial } from './store-trial.js';

/** The time at which runs are submitted. */
export const AT = '2026-06-01T12:00:00.000+00:00';
/** An hour later. */
export const LATER = '2026-06-01T13:00:00.000+00:00';

const runOf = (runId: string, more: Partial<StoredRun> = {}): StoredRun => ({
  runId,
  parentRunId: null,
  pattern: 'sequential',
  person: null,
  state: 'queued',
  request: 'sealed request',
  outcome: null,
  note: null,
  owner: null,
  wakeAt: null,
  cancel: null,
  submittedAt: AT,
  updatedAt: AT,
  ...more,
});

/** Adds a run. */
export const add = (runId: string, more: Partial<StoredRun> = {}): StoreWrite => ({
  op: 'add_run',
  run: runOf(runId, more),
});
/** Gives a run to an owner. */
export const claim = (runId: string, owner: string): StoreWrite => ({
  op: 'claim_run',
  runId,
  owner,
  at: AT,
});
/** Refuses a batch unless the owner has the run. */
export const fence = (runId: string, owner: string): StoreWrite => ({ op: 'fence', runId, owner });
const step = (key: string): StepRecord => ({ key, print: `print of ${key}`, outcome: `sealed ${key}` });
/** Records steps of a run. */
export const record = (runId: string, ...keys: string[]): StoreWrite => ({
  op: 'record_steps',
  runId,
  steps: keys.map(step),
});
/** Ends a run. */
export const end = (runId: string): StoreWrite => ({
  op: 'set_run_state',
  runId,
  state: 'succeeded',
  outcome: 'sealed result',
  note: null,
  wakeAt: null,
  at: LATER,
});

/** Keeps durable runs with their steps, in order, and finds them by each criterion. */
export async function keepsDurableRuns(store: TrustStore): Promise<void> {
  expectSame('a run that there is not', await store.readRun('run-x'), undefined);
  await store.commit([add('run-1'), add('run-2', { parentRunId: 'run-1' })]);
  await expectRefusal('a second run of one id', store.commit([add('run-1')]), 'STORE_CONFLICT');
  await store.commit([claim('run-1', 'owner-1')]);
  await store.commit([fence('run-1', 'owner-1'), record('run-1', '1', '2')]);
  await store.commit([
    fence('run-1', 'owner-1'),
    record('run-1', '2.1', '10'),
    { op: 'record_order', runId: 'run-1', first: 1, delivered: ['2', '1'] },
  ]);
  const kept = await store.readRun('run-1');
  expectSame(
    'the owner and the state of a claimed run',
    [kept?.run.owner, kept?.run.state],
    ['owner-1', 'running'],
  );
  expectSame(
    'the steps of a run, in the order of their records',
    kept?.steps,
    ['1', '2', '2.1', '10'].map(step),
  );
  expectSame('the order of delivery', kept?.delivered, ['2', '1']);
  // The same outcome again can be a repetition after a lost connection, which a store is free to accept.
  const another: StoreWrite = {
    op: 'record_steps',
    runId: 'run-1',
    steps: [{ ...step('2'), outcome: 'another outcome' }],
  };
  await expectRefusal('another outcome of a step', store.commit([another]), 'STORE_CONFLICT');
  const gap: StoreWrite = { op: 'record_order', runId: 'run-1', first: 4, delivered: ['10'] };
  await expectRefusal('an order with a gap', store.commit([gap]), 'STORE_CONFLICT');
  const ids = async (filter: Parameters<TrustStore['findRuns']>[0]): Promise<string[]> =>
    (await store.findRuns(filter)).map(({ runId }) => runId);
  expectSame('runs by their state', await ids({ states: ['queued'] }), ['run-2']);
  expectSame('runs by the run around them', await ids({ parentRunId: 'run-1' }), ['run-2']);
  expectSame('runs by their ids', await ids({ runIds: ['run-1', 'run-x'] }), ['run-1']);
  await store.commit([fence('run-1', 'owner-1'), end('run-1')]);
  await expectRefusal(
    'a claim of a run that has ended',
    store.commit([claim('run-1', 'owner-2')]),
    'STORE_CONFLICT',
  );
  await expectRefusal('an end of a run that has ended', store.commit([end('run-1')]), 'STORE_CONFLICT');
  await store.commit([
    add('run-3', { parentRunId: 'run-2' }),
    claim('run-3', 'owner-1'),
    fence('run-3', 'owner-1'),
    record('run-3', '1'),
    { op: 'record_order', runId: 'run-3', first: 1, delivered: ['1'] },
    end('run-3'),
  ]);
  const short = await store.readRun('run-3');
  expectSame(
    'a run that one commit adds, executes and ends',
    [short?.run.owner, short?.run.state, short?.steps, short?.delivered],
    ['owner-1', 'succeeded', [step('1')], ['1']],
  );
  await store.commit([{ op: 'drop_run_content', runId: 'run-1' }]);
  const dropped = await store.readRun('run-1');
  expectSame(
    'the content of a run, once it is deleted',
    [dropped?.run.state, dropped?.run.request, dropped?.run.outcome, dropped?.steps],
    ['succeeded', null, null, []],
  );
}

/** Removes the content of a person's runs, with those inside them, and ends what has not ended. */
export async function erasesDurableRuns(store: TrustStore): Promise<void> {
  const person = 'person-1';
  await store.commit([
    add('run-ended', { person, note: 'withheld for dave' }),
    add('run-live', { person, cancel: '{"by":"dave"}' }),
    add('run-inside', { parentRunId: 'run-live', request: null }),
    add('run-other', { person: 'person-2' }),
  ]);
  await store.commit([
    claim('run-ended', 'owner-1'),
    claim('run-live', 'owner-1'),
    claim('run-other', 'owner-1'),
  ]);
  for (const runId of ['run-ended', 'run-live', 'run-inside', 'run-other'])
    await store.commit([record(runId, '1'), { op: 'record_order', runId, first: 1, delivered: ['1'] }]);
  await store.commit([end('run-ended')]);
  const count = await store.countPersonalData(person);
  expectSame('the count of runs with content, also inside others', count, { disclosures: 0, runs: 3 });
  await store.commit([{ op: 'erase_person', person }]);
  const left = await store.countPersonalData(person);
  expectSame('the count of runs after the erasure', left, { disclosures: 0, runs: 0 });
  for (const [runId, state] of [
    ['run-ended', 'succeeded'],
    ['run-live', 'cancelled'],
    ['run-inside', 'cancelled'],
  ] as const) {
    const kept = await store.readRun(runId);
    const { run } = kept ?? {};
    expectSame(
      `what is left of ${runId}`,
      [run?.state, run?.request, run?.outcome, run?.cancel, run?.note, kept?.steps, kept?.delivered],
      [state, null, null, null, ERASED_RUN, [], []],
    );
  }
  expectSame('the steps of another person', (await store.readRun('run-other'))?.steps, [step('1')]);
  const late: Readonly<Record<string, StoreWrite>> = {
    'a step': record('run-live', '2'),
    'the order of a delivery': { op: 'record_order', runId: 'run-live', first: 1, delivered: ['1'] },
    'the outcome': end('run-live'),
    'a run inside the run': add('run-later', { parentRunId: 'run-live' }),
    'the data of the person': {
      op: 'put_disclosure',
      disclosure: { digest: 'd', person, salt: 's', text: '{}' },
    },
  };
  for (const [what, write] of Object.entries(late)) {
    const fenced = store.commit([fence('run-live', 'owner-1'), write]);
    await expectRefusal(`${what}, which the owner stores after the erasure`, fenced, 'STORE_CONFLICT');
  }
  for (const what of ['a step', 'the order of a delivery'])
    await expectRefusal(
      `${what}, which another process stores after the erasure`,
      store.commit([late[what] as StoreWrite]),
      'STORE_CONFLICT',
    );
  expectSame('the count of what was stored later', await store.countPersonalData(person), left);
}

/** Refuses the whole batch of a process that does not own the run any more, whichever instance it uses. */
export const fencesDurableRuns = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const [one, other] = await place.openTwo();
    await one.commit([add('run-1')]);
    await one.commit([claim('run-1', 'owner-1')]);
    await one.commit([fence('run-1', 'owner-1'), record('run-1', '1')]);
    await other.commit([claim('run-1', 'owner-2')]);
    const stale = one.commit([fence('run-1', 'owner-1'), record('run-1', '2')]);
    await expectRefusal('a batch of the owner before', stale, 'STORE_NOT_OWNER');
    const kept = await one.readRun('run-1');
    expectSame('the steps after the refused batch', kept?.steps, [step('1')]);
    await other.commit([fence('run-1', 'owner-2'), record('run-1', '2')]);
    expectSame('the steps of the new owner', (await one.readRun('run-1'))?.steps, ['1', '2'].map(step));
    await other.commit([claim('run-1', 'ordered/0002.0001/b')]);
    await expectRefusal(
      'a claim by an owner that came before',
      one.commit([claim('run-1', 'ordered/0002.0000/c'), fence('run-1', 'ordered/0002.0000/c')]),
      'STORE_NOT_OWNER',
    );
    await other.commit([fence('run-1', 'ordered/0002.0001/b'), record('run-1', '3')]);
    // Byte by byte: capital letters come before small ones, and digits before both.
    await one.commit([claim('run-1', 'ordered/0002.A/b')]);
    await one.commit([claim('run-1', 'ordered/0002.a/b'), fence('run-1', 'ordered/0002.a/b')]);
    await expectRefusal(
      'a batch for a run that there is not',
      one.commit([fence('run-x', 'owner-1')]),
      'STORE_NOT_OWNER',
    );
  });
