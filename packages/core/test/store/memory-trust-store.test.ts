import {
  linkHash,
  MemoryTrustStore,
  type StoreEvent,
  type StoreWrite,
  TRAIL_START,
  type TrustStore,
} from '@kaizen-eatp/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { add, append, appendShared, entry, intent, next, putAuthority, putChain, revoke } from './records.js';

let store: TrustStore;
beforeEach(() => {
  store = new MemoryTrustStore();
});

const conflict = expect.objectContaining({ code: 'STORE_CONFLICT' });
const fork = expect.objectContaining({ code: 'TRAIL_FORK' });
const chainOf = async (agentId: string) => (await store.readChains([agentId]))[0];
const statusOf = async (delegationId: string) => (await store.readDelegationPath(delegationId))[0]?.status;

describe('chains and authorities', () => {
  it('are kept byte for byte and read in the order asked for', async () => {
    await store.commit([
      putChain('agent-alice', ' {"n":1.0} '),
      putChain('agent-bob', 'b'),
      putAuthority('org-acme', 'a'),
    ]);
    const [bob, nobody, alice] = await store.readChains(['agent-bob', 'agent-mallory', 'agent-alice']);
    expect([bob?.text, nobody, alice?.text]).toEqual(['b', undefined, ' {"n":1.0} ']);
    expect(alice).toMatchObject({ agentId: 'agent-alice', active: true });
    const [none, acme] = await store.readAuthorities(['org-x', 'org-acme']);
    expect([none, acme?.text]).toEqual([undefined, 'a']);
  });

  it('change only from the version that was read', async () => {
    await store.commit([putChain('agent-bob', '1')]);
    const first = (await chainOf('agent-bob'))?.version as string;
    await store.commit([putChain('agent-bob', '2', first)]);
    await expect(store.commit([putChain('agent-bob', '3', first)])).rejects.toThrow(conflict);
    await expect(store.commit([putChain('agent-bob', '3')])).rejects.toThrow(conflict);
    await expect(store.commit([putChain('agent-mallory', '1', first)])).rejects.toThrow(conflict);
    expect((await chainOf('agent-bob'))?.text).toBe('2');
  });

  it('change version with every write, also back to the same text', async () => {
    await store.commit([putAuthority('org-acme', 'a')]);
    const [first] = await store.readAuthorities(['org-acme']);
    await store.commit([putAuthority('org-acme', 'a', first?.version)]);
    const [second] = await store.readAuthorities(['org-acme']);
    expect(second?.version).not.toBe(first?.version);
    await expect(store.commit([putAuthority('org-acme', 'b', first?.version)])).rejects.toThrow(conflict);
  });

  it('let one of two writers win, so that neither change is lost unseen', async () => {
    await store.commit([putChain('agent-bob', '0')]);
    const version = (await chainOf('agent-bob'))?.version as string;
    const results = await Promise.allSettled([
      store.commit([putChain('agent-bob', '1', version)]),
      store.commit([putChain('agent-bob', '2', version)]),
    ]);
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('stay readable once deactivated, and make room for a new one', async () => {
    await store.commit([putChain('agent-bob', 'old')]);
    await store.commit([{ op: 'deactivate_chain', agentId: 'agent-bob', at: '2026-01-02T03:04:05+00:00' }]);
    expect(await chainOf('agent-bob')).toMatchObject({ text: 'old', active: false });
    await store.commit([putChain('agent-bob', 'new')]);
    expect(await chainOf('agent-bob')).toMatchObject({ text: 'new', active: true });
  });

  it('are listed by agent id, a page at a time', async () => {
    await store.commit(['c', 'a', 'b', 'd'].map((id) => putChain(id, id)));
    expect((await store.listChains()).map((c) => c.agentId)).toEqual(['a', 'b', 'c', 'd']);
    expect((await store.listChains({ limit: 2 })).map((c) => c.agentId)).toEqual(['a', 'b']);
    expect((await store.listChains({ afterAgentId: 'b', limit: 2 })).map((c) => c.agentId)).toEqual([
      'c',
      'd',
    ]);
    expect(await store.listChains({ afterAgentId: 'd' })).toEqual([]);
  });
});

describe('commit', () => {
  const before: StoreWrite[] = [
    putChain('agent-bob', '1'),
    add('del-1'),
    { op: 'open_intent', intent: intent('run-1/1') },
  ];
  const bad: [string, StoreWrite, unknown][] = [
    ['a version that does not hold', putChain('agent-bob', 'x'), conflict],
    ['an authority version that does not hold', putAuthority('org-acme', 'x', '7'), conflict],
    ['a delegation id that exists', add('del-1'), conflict],
    ['an intent that is open', { op: 'open_intent', intent: intent('run-1/1') }, conflict],
    ['a trail entry out of place', append({ ...next('run-1', 'x'), sequence: 2 }), fork],
  ];

  it.each(bad)('writes nothing at all because of %s', async (_what, write, reason) => {
    await store.commit(before);
    const good: StoreWrite[] = [
      putChain('agent-alice', 'a'),
      putAuthority('org-new', 'n'),
      add('del-2'),
      { op: 'open_intent', intent: intent('run-1/2') },
      append(next('run-2', 'first')),
      appendShared('s'),
      { op: 'close_delegations', taskId: 'task-1' },
      revoke('delegation', 'del-1'),
      { op: 'deactivate_chain', agentId: 'agent-bob', at: '2026-01-02T03:04:05+00:00' },
    ];
    const events: StoreEvent[] = [];
    store.watch((event) => events.push(event));
    await expect(store.commit([...good, write])).rejects.toThrow(reason as Error);
    expect(await store.readChains(['agent-alice', 'agent-bob'])).toMatchObject(
      [undefined, { text: '1', active: true }].map((c) => c ?? undefined) as never,
    );
    expect(await store.readAuthorities(['org-new'])).toEqual([undefined]);
    expect(await store.findDelegations({ taskId: 'task-1' })).toEqual([entry('del-1')]);
    expect((await store.openIntents()).map((i) => i.invocationId)).toEqual(['run-1/1']);
    expect(await store.readTrail('run-2')).toEqual([]);
    expect(await store.readTrail('shared')).toEqual([]);
    expect(await store.readRevocations('delegation', ['del-1'])).toEqual([]);
    expect(events).toEqual([]);
  });

  it('holds uniqueness within one batch as well', async () => {
    const twice = (write: StoreWrite) => store.commit([write, write]);
    await expect(twice(add('del-1'))).rejects.toThrow(conflict);
    await expect(twice({ op: 'open_intent', intent: intent('run-1/1') })).rejects.toThrow(conflict);
    await expect(twice(putChain('agent-bob', '1'))).rejects.toThrow(conflict);
    await expect(twice(putAuthority('org-acme', '1'))).rejects.toThrow(conflict);
    expect(await store.findDelegations({ taskId: 'task-1' })).toEqual([]);
    expect(await store.openIntents()).toEqual([]);
  });

  it('takes nothing for a batch of nothing', async () => {
    await expect(store.commit([])).resolves.toBeUndefined();
  });
});

describe('trails', () => {
  it('take entries that follow one another, several in one batch', async () => {
    const one = next('run-1', 'one');
    const two = next('run-1', 'two', one);
    const three = next('run-1', 'three', two);
    await store.commit([append(one), append(two)]);
    await store.commit([append(three)]);
    expect(await store.readTrail('run-1')).toEqual([one, two, three]);
    expect(await store.readTrail('run-1', { afterSequence: 1, limit: 1 })).toEqual([two]);
    expect(await store.trailHead('run-1')).toMatchObject({ sequence: 3, hash: three.hash });
    expect(await store.trailHead('run-2')).toBeUndefined();
  });

  it('refuse a second entry at the same place, a gap, and one that follows another', async () => {
    const one = next('run-1', 'one');
    await store.commit([append(one)]);
    await expect(store.commit([append(next('run-1', 'rival'))])).rejects.toThrow(fork);
    await expect(store.commit([append({ ...next('run-1', 'gap', one), sequence: 3 })])).rejects.toThrow(fork);
    await expect(
      store.commit([append({ ...next('run-1', 'x', one), previousHash: TRAIL_START })]),
    ).rejects.toThrow(fork);
    const two = next('run-1', 'two', one);
    await expect(store.commit([append(two), append(two)])).rejects.toThrow(fork);
    expect(await store.readTrail('run-1')).toEqual([one]);
  });

  it('let one of two writers at the same place win', async () => {
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((text) => store.commit([append(next('run-1', text))])),
    );
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    expect(await store.readTrail('run-1')).toHaveLength(1);
  });

  it('with many writers are put in order by the store', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `t${i}`);
    await Promise.all(texts.map((text) => store.commit([appendShared(text)])));
    await store.commit([appendShared('x'), appendShared('y')]);
    const trail = await store.readTrail('shared');
    expect(trail.map((e) => e.text)).toEqual([...texts, 'x', 'y']);
    let previousHash = TRAIL_START;
    for (const [i, e] of trail.entries()) {
      expect(e).toMatchObject({ sequence: i + 1, previousHash, hash: linkHash(previousHash, e.text) });
      previousHash = e.hash;
    }
  });

  it('cannot be forked by an entry that the same batch has overtaken', async () => {
    await expect(store.commit([appendShared('a', 'run-1'), append(next('run-1', 'b'))])).rejects.toThrow(
      fork,
    );
    expect(await store.readTrail('run-1')).toEqual([]);
  });

  it('close the intent whose end they record, oldest first among the open', async () => {
    await store.commit(['run-1/1', 'run-1/2'].map((id) => ({ op: 'open_intent', intent: intent(id) })));
    await store.commit([{ op: 'open_intent', intent: intent('run-2/1', { trailId: 'run-2' }) }]);
    await store.commit([append(next('run-1', 'done'), 'run-1/1')]);
    expect((await store.openIntents()).map((i) => i.invocationId)).toEqual(['run-1/2', 'run-2/1']);
    expect((await store.openIntents({ trailId: 'run-2' })).map((i) => i.invocationId)).toEqual(['run-2/1']);
  });
});

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
      add('del-1', { runId: 'run-1', humanId: 'alice' }),
      add('del-2', { runId: 'run-1', delegateeId: 'agent-mallory' }),
      add('del-3', { taskId: 'task-2', delegatorId: 'agent-bob' }),
    ]);
    const ids = async (filter: Parameters<TrustStore['findDelegations']>[0]) =>
      (await store.findDelegations(filter)).map((e) => e.delegationId);
    expect(await ids({ taskId: 'task-1' })).toEqual(['del-1', 'del-2']);
    expect(await ids({ runId: 'run-1', delegateeId: 'agent-bob' })).toEqual(['del-1']);
    expect(await ids({ runId: 'run-1', taskId: 'task-2' })).toEqual([]);
    expect(await ids({ humanId: 'alice' })).toEqual(['del-1']);
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
      { op: 'close_delegations', taskId: 'task-2' },
      { op: 'close_delegations', runId: 'run-2' },
    ]);
    expect(await Promise.all(['del-2', 'del-3'].map(statusOf))).toEqual(['revoked', 'closed']);
  });

  it('revokes one delegation, or all that came from a human, and remembers why', async () => {
    await store.commit([
      add('del-1', { humanId: 'alice' }),
      add('del-2', { humanId: 'alice' }),
      add('del-3', { humanId: 'bob' }),
    ]);
    await store.commit([{ op: 'close_delegations', runId: 'none' }, revoke('human', 'alice')]);
    expect(await Promise.all(['del-1', 'del-2', 'del-3'].map(statusOf))).toEqual([
      'revoked',
      'revoked',
      'in_force',
    ]);
    expect(await store.readRevocations('human', ['bob', 'alice'])).toMatchObject([
      { subjectId: 'alice', reason: 'left' },
    ]);
    expect(await store.readRevocations('agent', ['alice'])).toEqual([]);
  });
});

describe('watch', () => {
  it('tells of revocations and changed chains, after they are written', async () => {
    const seen: [StoreEvent, boolean | undefined][] = [];
    const stop = store.watch(async (event) => seen.push([event, (await chainOf('agent-bob'))?.active]));
    await store.commit([putChain('agent-bob', '1'), add('del-1'), appendShared('x')]);
    await store.commit([
      { op: 'deactivate_chain', agentId: 'agent-bob', at: '2026-01-02T03:04:05+00:00' },
      revoke('agent', 'agent-bob'),
    ]);
    await Promise.resolve();
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
