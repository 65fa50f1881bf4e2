import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { StoreEvent, TrustStore } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { add, append, next, putChain, revoke } from './records.js';

let store: TrustStore;
beforeEach(() => {
  store = new MemoryTrustStore();
});

const chainOf = async (agentId: string) => (await store.readChains([agentId]))[0];
const statusOf = async (delegationId: string) => (await store.readDelegationPath(delegationId))[0]?.status;

describe('the delegation ledger', () => {
  it('gives the path from a delegation up to the first', async () => {
    await store.commit([
      add('del-1'),
      add('del-2', { parentDelegationId: 'del-1' }),
      add('del-3', { parentDelegationId: 'del-2' }),
    ]);
    expect((await store.readDelegationPath('del-3')).map((e) => e.delegationId)).toEqual([
      'del-3',
      'del-2',
      'del-1',
    ]);
    expect(await store.readDelegationPath('del-x')).toEqual([]);
  });

  it('ends a path that goes in a circle', async () => {
    await store.commit([
      add('del-1', { parentDelegationId: 'del-2' }),
      add('del-2', { parentDelegationId: 'del-1' }),
    ]);
    expect((await store.readDelegationPath('del-1')).map((e) => e.delegationId)).toEqual(['del-1', 'del-2']);
  });

  it('finds by every criterion, and by all of them together', async () => {
    await store.commit([
      add('del-1', { runId: 'run-1', person: 'alice' }),
      add('del-2', { runId: 'run-1', delegateeId: 'agent-mallory' }),
      add('del-3', { taskId: 'task-2', delegatorId: 'agent-bob' }),
    ]);
    const ids = async (filter: Parameters<TrustStore['findDelegations']>[0]) =>
      (await store.findDelegations(filter)).map((e) => e.delegationId);
    expect(await ids({ taskId: 'task-1' })).toEqual(['del-1', 'del-2']);
    expect(await ids({ runId: 'run-1', delegateeId: 'agent-bob' })).toEqual(['del-1']);
    expect(await ids({ runId: 'run-1', taskId: 'task-2' })).toEqual([]);
    expect(await ids({ person: 'alice' })).toEqual(['del-1']);
    expect(await ids({ delegatorId: 'agent-bob' })).toEqual(['del-3']);
    expect(await ids({ taskId: 'task-1', runId: undefined, status: 'in_force' })).toEqual(['del-1', 'del-2']);
    expect(await ids({ status: 'revoked' })).toEqual([]);
  });

  it('closes what is in force for a task or a run, and nothing else', async () => {
    await store.commit([
      add('del-1', { runId: 'run-1' }),
      add('del-2', { runId: 'run-2' }),
      add('del-3', { taskId: 'task-2' }),
    ]);
    await store.commit([revoke('delegation', 'del-2')]);
    await store.commit([{ op: 'close_delegations', runId: 'run-1' }]);
    expect(await Promise.all(['del-1', 'del-2', 'del-3'].map(statusOf))).toEqual([
      'closed',
      'revoked',
      'in_force',
    ]);
    await store.commit([
      { op: 'close_delegations', taskId: 'task-2', delegatorId: 'agent-alice' },
      { op: 'close_delegations', runId: 'run-2' },
    ]);
    expect(await Promise.all(['del-2', 'del-3'].map(statusOf))).toEqual(['revoked', 'closed']);
  });

  it('revokes one delegation, or everything that came from a human, and remembers why', async () => {
    await store.commit([
      add('del-1', { person: 'alice' }),
      add('del-2', { person: 'alice' }),
      add('del-3', { person: 'bob' }),
    ]);
    await store.commit([{ op: 'close_delegations', runId: 'none' }, revoke('person', 'alice')]);
    expect(await Promise.all(['del-1', 'del-2', 'del-3'].map(statusOf))).toEqual([
      'revoked',
      'revoked',
      'in_force',
    ]);
    expect(await store.readRevocations('person', ['bob', 'alice'])).toMatchObject([
      { subjectId: 'alice', reason: 'left' },
    ]);
    expect(await store.readRevocations('agent', ['alice'])).toEqual([]);
  });
});

describe('watch', () => {
  it('tells of revocations and changed chains, after they are written', async () => {
    const seen: [StoreEvent, boolean | undefined][] = [];
    const stop = store.watch(async (event) => seen.push([event, (await chainOf('agent-bob'))?.active]));
    await store.commit([putChain('agent-bob', '1'), add('del-1'), append(next('shared', 'x'))]);
    await store.commit([
      { op: 'deactivate_chain', agentId: 'agent-bob', at: '2026-01-02T03:04:05+00:00' },
      revoke('agent', 'agent-bob'),
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.map(([event]) => event)).toEqual([
      { type: 'chain_changed', agentId: 'agent-bob' },
      { type: 'chain_changed', agentId: 'agent-bob' },
      { type: 'revoked', revocation: expect.objectContaining({ kind: 'agent', subjectId: 'agent-bob' }) },
    ]);
    expect(seen.map(([, active]) => active)).toEqual([true, false, false]);
    stop();
    await store.commit([putChain('agent-bob', '2')]);
    expect(seen).toHaveLength(3);
  });

  it('does not let a listener that throws undo or fail the write, or silence the others', async () => {
    const seen: StoreEvent[] = [];
    store.watch(() => {
      throw new Error('listener');
    });
    store.watch((event) => seen.push(event));
    await expect(store.commit([putChain('agent-bob', '1')])).resolves.toBeUndefined();
    expect(seen).toEqual([{ type: 'chain_changed', agentId: 'agent-bob' }]);
  });
});
