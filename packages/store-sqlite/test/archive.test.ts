import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { sequential } from '@kaizen-eatp/patterns';
import { trustWorld } from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';
import { openStore } from './support/places.js';
import { delegation } from './support/records.js';

it('takes what ended runs left out of the ledger, and breaks no trail and no receipt', async () => {
  const store = await openStore();
  const { runtime, trust } = await trustWorld({ store, agents: { alice: {}, bob: {}, carol: {} } });
  const running = runtime([sequential]);
  const results = await Promise.all(
    Array.from({ length: 10 }, () => running.execute('x', { pattern: 'sequential' })),
  );
  expect(await store.archive({ minimumAge: 0 })).toEqual({ archived: 20 });
  for (const result of results) {
    expect(await store.findDelegations({ runId: result.runId })).toEqual([]);
    expect((await trust.verifyTrail(result.runId)).valid).toBe(true);
    const receipt = await verifyReceipt(await result.receipt());
    expect([receipt.problems, receipt.delegations.length]).toEqual([[], 2]);
  }
  expect((await store.doctor()).findings).toEqual([]);
  expect((await running.execute('x', { pattern: 'sequential' })).result).toBe('x');
});

it('leaves what is in force, what that rests on, and what a run that is not over has made', async () => {
  const store = await openStore();
  await store.commit([
    delegation('del-root', { status: 'closed' }),
    delegation('del-middle', { parentDelegationId: 'del-root', status: 'closed' }),
    delegation('del-live', { parentDelegationId: 'del-middle', taskId: 'task-2' }),
    delegation('del-run-closed', { runId: 'run-1', status: 'revoked' }),
    delegation('del-run-live', { runId: 'run-1' }),
    delegation('del-ended', { status: 'closed' }),
    delegation('del-ended-child', { parentDelegationId: 'del-ended', status: 'revoked' }),
  ]);
  expect(await store.archive({ minimumAge: 0 })).toEqual({ archived: 2 });
  const left = (await store.findDelegations({ delegatorId: 'agent-alice' })).map(
    (entry) => entry.delegationId,
  );
  expect(left).toEqual(['del-root', 'del-middle', 'del-live', 'del-run-closed', 'del-run-live']);
  expect((await store.readDelegationPath('del-live')).length).toBe(3);
  await store.commit([
    { op: 'close_delegations', taskId: 'task-2', delegatorId: 'agent-alice' },
    { op: 'close_delegations', runId: 'run-1' },
  ]);
  expect(await store.archive({ minimumAge: 0 })).toEqual({ archived: 5 });
});

it('goes by when something ended, a page at a time, and takes no archived id again', async () => {
  const store = await openStore();
  await store.commit(
    Array.from({ length: 1_200 }, (_, i) => delegation(`del-${i}`, { runId: `run-${i % 3}` })),
  );
  await store.commit([0, 1].map((run) => ({ op: 'close_delegations', runId: `run-${run}` })));
  expect(await store.archive({ minimumAge: 60_000 })).toEqual({ archived: 0 });
  expect(await store.archive({ minimumAge: 0 })).toEqual({ archived: 800 });
  expect((await store.findDelegations({ delegatorId: 'agent-alice' })).length).toBe(400);
  await expect(store.commit([delegation('del-0')])).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
  await expect(store.archive({ minimumAge: 'yesterday' as never })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  const copy = await openStore();
  await copy.importJsonLines(store.exportJsonLines());
  await expect(copy.commit([delegation('del-0')])).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
});

it('archives again and again, though the ledger was empty in between', async () => {
  const store = await openStore();
  for (let round = 0; round < 3; round++) {
    await store.commit([0, 1].map((n) => delegation(`del-${round}-${n}`, { status: 'closed' })));
    expect(await store.archive({ minimumAge: 0 })).toEqual({ archived: 2 });
  }
  const copy = await openStore();
  expect(await copy.importJsonLines(store.exportJsonLines())).toMatchObject({ archived_delegation: 6 });
  await copy.commit([delegation('del-new', { status: 'closed' })]);
  expect(await copy.archive({ minimumAge: 0 })).toEqual({ archived: 1 });
});
