import {
  linkHash,
  type RunListRequest,
  type StoreWrite,
  TRAIL_START,
  type TrailEntry,
  type TrustStore,
} from '@kaizen-eatp/core/store';
import { add, claim, end, fence } from './durable-runs.js';
import { expectRefusal, expectSame } from './expectations.js';
import { appendAnchor, entryAfter } from './samples.js';

interface Sample {
  readonly agentId?: string;
  readonly action?: string;
  readonly result?: string;
  readonly taskId?: string;
  readonly person?: string;
  readonly pattern?: string;
}

/** The moment so many seconds after the first. */
const second = (n: number): string => `2026-06-01T12:00:${String(n).padStart(2, '0')}.000000+00:00`;

/** An entry of a run's trail, with the members that a list is made of. */
function recordAfter(
  runId: string,
  head: TrailEntry | undefined,
  at: string,
  sample: Sample = {},
): TrailEntry {
  const { agentId = 'agent-alice', action = 'work', result = 'success', taskId = 'task-1' } = sample;
  const { person, pattern } = sample;
  const sequence = (head?.sequence ?? 0) + 1;
  const anchorId = `aud-${runId}-${sequence}`;
  const text = JSON.stringify({
    ...{ id: anchorId, agent_id: agentId, action, timestamp: at, result },
    context: {
      task_id: taskId,
      ...(person && { person: { pseudonym: person } }),
      ...(pattern && { pattern }),
    },
  });
  const previousHash = head?.hash ?? TRAIL_START;
  const hash = linkHash(previousHash, text);
  return { trailId: runId, sequence, previousHash, hash, anchorId, agentId, text };
}

async function begin(store: TrustStore, runId: string, n: number, sample: Sample = {}): Promise<TrailEntry> {
  const first = recordAfter(runId, undefined, second(n), sample);
  await store.commit([appendAnchor(first)]);
  return first;
}

async function idsOf(store: TrustStore, request: RunListRequest): Promise<string[]> {
  return (await store.listRuns(request)).runs.map(({ runId }) => runId);
}

/** Runs come a page at a time, the newest first, and each once, though others begin meanwhile. */
export async function pagesRuns(store: TrustStore): Promise<void> {
  expectSame('the runs of an empty store', await store.listRuns(), { runs: [], next: null });
  // Two of each moment, in neither order of the moments nor of the ids.
  for (const n of [3, 1, 5, 2, 4]) for (const half of ['b', 'a']) await begin(store, `run-${n}${half}`, n);
  const expected = [5, 4, 3, 2, 1].flatMap((n) => [`run-${n}b`, `run-${n}a`]);
  await store.commit([appendAnchor(entryAfter('outside-runs', undefined, 'aud-shared'))]);
  expectSame('all runs, the newest first', await idsOf(store, {}), expected);
  for (const limit of [1, 3, 5, 10]) {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page <= expected.length; page++) {
      const { runs, next } = await store.listRuns({ limit, ...(cursor !== undefined && { cursor }) });
      seen.push(...runs.map(({ runId }) => runId));
      // Newer than every page: it must move none.
      await begin(store, `run-late-${limit}-${page}`, 30);
      if (next === null) break;
      cursor = next;
    }
    const known = seen.filter((runId) => !runId.startsWith('run-late'));
    expectSame(`the runs in pages of ${limit}, while others begin`, known, expected);
  }
  const { next } = await store.listRuns({ limit: 1 });
  for (const [what, request] of [
    ['a page of no runs', { limit: 0 }],
    ['a page of half a run', { limit: 1.5 }],
    ['a page of too many runs', { limit: 1_001 }],
    ['a cursor that is none', { cursor: 'run-1a' }],
    ['an empty cursor', { cursor: '' }],
    ['a cursor that was changed', { cursor: `${next}A` }],
  ] as const)
    await expectRefusal(what, store.listRuns(request), 'INVALID_ARGUMENT');
}

/** Runs are found by each criterion, alone and together, as their records are. */
export async function findsListedRuns(store: TrustStore): Promise<void> {
  const long = 'a'.repeat(1_900);
  const pay = await begin(store, 'run-pay', 1, { action: 'pay', person: 'person-1' });
  const denied = recordAfter('run-pay', pay, second(2), { agentId: 'agent-bob', result: 'denied' });
  await store.commit([appendAnchor(denied)]);
  const ended = { action: 'orchestration_complete', pattern: 'sequential', taskId: 'another' };
  await store.commit([appendAnchor(recordAfter('run-pay', denied, second(9), ended))]);
  const failing = await begin(store, 'run-fail', 3, { taskId: 'task-2', agentId: long });
  const failed = { action: 'orchestration_failed', result: 'failure', pattern: 'debate', taskId: 'task-2' };
  await store.commit([appendAnchor(recordAfter('run-fail', failing, second(4), failed))]);
  await begin(store, 'run-open', 5, { person: 'person-2', action: long });
  const unreadable = { ...recordAfter('run-odd', undefined, second(6)), text: 'no JSON' };
  const hash = linkHash(TRAIL_START, unreadable.text);
  await store.commit([appendAnchor({ ...unreadable, hash })]);

  const { runs } = await store.listRuns();
  expectSame(
    'a run that ended',
    runs.find(({ runId }) => runId === 'run-pay'),
    {
      ...{ runId: 'run-pay', state: 'succeeded', isDurable: false, pattern: 'sequential', taskId: 'task-1' },
      ...{ submittedAt: null, startedAt: second(1), endedAt: second(9), records: 3, denials: 1 },
      agents: ['agent-alice', 'agent-bob'],
    },
  );
  const expected: readonly (readonly [RunListRequest, readonly string[]])[] = [
    [{}, ['run-open', 'run-fail', 'run-pay', 'run-odd']],
    [{ state: 'running' }, ['run-open', 'run-odd']],
    [{ state: 'succeeded' }, ['run-pay']],
    [{ state: 'failed' }, ['run-fail']],
    [{ agentId: 'agent-bob' }, ['run-pay']],
    [{ agentId: long }, ['run-fail']],
    [{ agentId: `${long}a` }, []],
    [{ action: long }, ['run-open']],
    [{ taskId: 'task-1' }, ['run-open', 'run-pay']],
    [{ taskId: 'task-2' }, ['run-fail']],
    [{ pattern: 'debate' }, ['run-fail']],
    [{ person: 'person-1' }, ['run-pay']],
    [{ action: 'pay' }, ['run-pay']],
    [{ result: 'denied' }, ['run-pay']],
    [{ action: 'pay', result: 'success' }, ['run-pay']],
    [{ action: 'pay', result: 'denied' }, []],
    [{ agentId: 'agent-alice', taskId: 'task-1', state: 'running' }, ['run-open']],
    [{ agentId: 'agent-bob', person: 'person-2' }, []],
    [{ since: second(3) }, ['run-open', 'run-fail']],
    [{ until: second(3) }, ['run-pay', 'run-odd']],
    [{ since: second(1), until: second(5), agentId: 'agent-alice' }, ['run-fail', 'run-pay']],
  ];
  for (const [request, found] of expected)
    expectSame(
      `the runs found by ${JSON.stringify(request).slice(0, 80)}`,
      await idsOf(store, request),
      found,
    );
  const { next } = await store.listRuns({ taskId: 'task-1', limit: 1 });
  expectSame(
    'the second page of the runs of a task',
    await idsOf(store, { taskId: 'task-1', limit: 1, cursor: next as string }),
    ['run-pay'],
  );
}

/** Durable runs are listed from their submission on, each once, and in the states that they are set to. */
export async function listsDurableRuns(store: TrustStore): Promise<void> {
  await store.commit([add('run-1', { submittedAt: second(1), person: 'person-1' })]);
  await store.commit([add('run-2', { submittedAt: second(2), pattern: 'debate' })]);
  await begin(store, 'run-plain', 3);
  const one = async (): Promise<unknown> => {
    const { runs } = await store.listRuns({ person: 'person-1' });
    return runs.map(({ runId, state, isDurable, startedAt, records }) => [
      runId,
      state,
      isDurable,
      startedAt,
      records,
    ]);
  };
  expectSame('a durable run that waits in the queue', await one(), [['run-1', 'queued', true, null, 0]]);
  const first = recordAfter('run-1', undefined, second(8), { person: 'person-1' });
  const writes: StoreWrite[] = [claim('run-1', 'owner'), fence('run-1', 'owner'), appendAnchor(first)];
  await store.commit(writes);
  expectSame('a durable run in progress', await one(), [['run-1', 'running', true, second(8), 1]]);
  expectSame('all runs, by submission or beginning', await idsOf(store, {}), ['run-plain', 'run-2', 'run-1']);
  expectSame('runs in the queue', await idsOf(store, { state: 'queued' }), ['run-2']);
  expectSame('runs of a pattern', await idsOf(store, { pattern: 'debate' }), ['run-2']);
  await store.commit([fence('run-1', 'owner'), end('run-1')]);
  expectSame('a durable run that ended', await one(), [['run-1', 'succeeded', true, second(8), 1]]);
  await store.commit([add('run-3', { submittedAt: second(9), person: 'person-3' })]);
  await store.commit([{ op: 'erase_person', person: 'person-3' }]);
  expectSame('runs that an erasure ended', await idsOf(store, { state: 'cancelled' }), ['run-3']);
}
