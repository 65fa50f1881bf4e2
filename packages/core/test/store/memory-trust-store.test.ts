import { MemoryTrustStore } from '@kaizen-eatp/core';
import type { StoreEvent, StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { add, append, entry, intent, next, putAuthority, putChain, revoke } from './records.js';

let store: TrustStore;
beforeEach(() => {
  store = new MemoryTrustStore();
});

const conflict = expect.objectContaining({ code: 'STORE_CONFLICT' });
const fork = expect.objectContaining({ code: 'TRAIL_FORK' });
const chainOf = async (agentId: string) => (await store.readChains([agentId]))[0];

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
      append(next('shared', 's')),
      { op: 'close_delegations', taskId: 'task-1', delegatorId: 'agent-alice' },
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
