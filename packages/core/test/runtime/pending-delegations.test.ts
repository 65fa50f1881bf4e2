import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { LedgerEntry, StoreWrite } from '@kaizen-eatp/core/store';
import { describe, expect, it } from 'vitest';
import { PendingDelegations } from '../../src/invocation/pending-delegations.js';
import { FailingStore } from './failing-store.js';
import { type Gate, gate, World } from './world.js';

const entry = (delegationId: string, delegatorId = 'agent-a', delegateeId = 'agent-b'): LedgerEntry => ({
  delegationId,
  taskId: 'task-1',
  runId: 'run-1',
  invocationId: null,
  person: null,
  nonce: 'nonce',
  delegatorId,
  delegateeId,
  parentDelegationId: null,
  text: '{}',
  status: 'in_force',
});

const write = (name: string): StoreWrite => ({ op: 'deactivate_chain', agentId: name, at: 'now' });

/** Names what each commit holds: delegations by their id, other writes by their agent. */
const names = (writes: readonly StoreWrite[]): string[] =>
  writes.map((one) =>
    one.op === 'add_delegation'
      ? one.entry.delegationId
      : one.op === 'deactivate_chain'
        ? one.agentId
        : one.op,
  );

/** Delegations over a store whose commits a test lets through, or lets fail, one by one. */
function pendingOver(preamble: readonly StoreWrite[] = []) {
  const commits: string[][] = [];
  const gates: Gate[] = [];
  const failing = new Set<number>();
  const stored: string[] = [];
  const store = new MemoryTrustStore();
  store.commit = async (writes) => {
    const nth = commits.push(names(writes)) - 1;
    await gates[nth]?.opened;
    if (failing.has(nth)) throw new Error('disk full');
  };
  const pending = new PendingDelegations(store, ({ delegationId }) => stored.push(delegationId), preamble);
  return { pending, commits, gates, failing, stored };
}

describe('delegations that are not stored yet', () => {
  it('are stored before what depends on them, the first of a path first, and no others with them', async () => {
    const { pending, commits, stored } = pendingOver();
    for (const id of ['del-1', 'del-2', 'del-3', 'del-4']) pending.add(entry(id));
    await pending.commit([write('x')], ['del-3', 'del-1']);
    expect(commits).toEqual([['del-1', 'del-3', 'x']]);
    expect(stored).toEqual(['del-1', 'del-3']);
    await pending.commit([write('y')], ['del-3', 'del-1']);
    await pending.commit([write('z')], []);
    expect(commits.slice(1)).toEqual([['y'], ['z']]);
    expect(pending.entry('del-1')).toBeUndefined();
    expect(pending.entry('del-2')?.delegationId).toBe('del-2');
  });

  it('are all stored with what depends on all of them, oldest first', async () => {
    const { pending, commits } = pendingOver();
    for (const id of ['del-1', 'del-2']) pending.add(entry(id));
    await pending.commit([write('end')]);
    await pending.commit([write('more')]);
    expect(commits).toEqual([['del-1', 'del-2', 'end'], ['more']]);
  });

  it('that another commit is storing are waited for, and not stored twice', async () => {
    const { pending, commits, gates } = pendingOver();
    gates[0] = gate();
    pending.add(entry('del-1'));
    const first = pending.commit([write('x')], ['del-1']);
    const others = [pending.commit([write('y')], ['del-1']), pending.commit([write('z')])];
    await new Promise(setImmediate);
    expect(commits).toEqual([['del-1', 'x']]);
    expect(pending.entry('del-1')).toBeDefined();
    gates[0].open();
    await Promise.all([first, ...others]);
    expect(commits).toEqual([['del-1', 'x'], ['y'], ['z']]);
  });

  it('do not hold up what depends on others', async () => {
    const { pending, commits, gates } = pendingOver();
    gates[0] = gate();
    for (const id of ['del-1', 'del-2']) pending.add(entry(id));
    const first = pending.commit([write('x')], ['del-1']);
    await pending.commit([write('y')], ['del-2']);
    await pending.commit([write('z')], []);
    expect(commits).toEqual([['del-1', 'x'], ['del-2', 'y'], ['z']]);
    gates[0].open();
    await first;
  });

  it('that could not be stored are stored by the next commit that depends on them', async () => {
    const { pending, commits, failing, stored } = pendingOver();
    pending.add(entry('del-1'));
    failing.add(0);
    await expect(pending.commit([write('x')], ['del-1'])).rejects.toThrow('disk full');
    expect(stored).toEqual([]);
    expect(pending.entry('del-1')).toBeDefined();
    await pending.commit([write('y')], ['del-1']);
    expect(commits[1]).toEqual(['del-1', 'y']);
    expect(stored).toEqual(['del-1']);
  });

  it('that could not be stored fail what waited for them, which never goes ahead without them', async () => {
    const { pending, commits, gates, failing } = pendingOver();
    gates[0] = gate();
    failing.add(0);
    pending.add(entry('del-1'));
    const outcomes = Promise.allSettled([
      pending.commit([write('x')], ['del-1']),
      pending.commit([write('y')], ['del-1']),
    ]);
    await new Promise(setImmediate);
    gates[0].open();
    const [first, second] = await outcomes;
    expect(first.status).toBe('rejected');
    // Whether it fails as well or tries again, it is never stored alone.
    if (second.status === 'fulfilled') expect(commits.at(-1)).toEqual(['del-1', 'y']);
    else expect(commits).toEqual([['del-1', 'x']]);
    await pending.commit([write('z')], ['del-1']);
    expect(commits.at(-1)).toContain('z');
  });

  it('are forgotten where they were made by or for an agent that lost its authority', async () => {
    const { pending, commits, gates } = pendingOver();
    gates[0] = gate();
    pending.add(entry('del-stored', 'agent-bad', 'agent-x'));
    const storing = pending.commit([], ['del-stored']);
    pending.add(entry('del-by', 'agent-bad', 'agent-x'));
    pending.add(entry('del-for', 'agent-x', 'agent-bad'));
    pending.add(entry('del-other', 'agent-x', 'agent-y'));
    await new Promise(setImmediate);
    pending.drop('agent-bad');
    expect(['del-by', 'del-for', 'del-other'].map((id) => pending.entry(id)?.delegationId)).toEqual([
      undefined,
      undefined,
      'del-other',
    ]);
    gates[0].open();
    await storing;
    await pending.commit([write('end')]);
    expect(commits).toEqual([['del-stored'], ['del-other', 'end']]);
  });

  it('come after the preamble, which every commit has until one was stored', async () => {
    const { pending, commits, failing } = pendingOver([write('preamble')]);
    pending.add(entry('del-1'));
    failing.add(0);
    await expect(pending.commit([write('x')], [])).rejects.toThrow('disk full');
    await pending.commit([write('y')], ['del-1']);
    await pending.commit([write('z')], []);
    expect(commits).toEqual([['preamble', 'x'], ['preamble', 'del-1', 'y'], ['z']]);
  });
});

describe('a run that delegates very often', () => {
  it('stores with an act only what the act depends on, and everything else with its end', async () => {
    const MANY = 1_000;
    const store = new FailingStore();
    const world = await World.make({ store });
    const agents = [await world.agent('alice'), await world.agent('bob')];
    store.arm(() => undefined);
    const { delegations, runId } = await world.execute(
      agents,
      async ({ agents: [a, b], delegate, invoke }) => {
        for (let i = 0; i < MANY; i++) await delegate(a!, b!, { capabilities: ['execute'] });
        await invoke(b!, 1);
      },
    );
    const perCommit = store.commits.map(
      (writes) => writes.filter(({ op }) => op === 'add_delegation').length,
    );
    expect(perCommit).toEqual([1, 0, MANY - 1]);
    expect(delegations).toHaveLength(MANY);
    expect(await world.store.findDelegations({ runId, status: 'in_force' })).toEqual([]);
  });
});
