import {
  type DelegationRecord,
  type HumanOrigin,
  type InvocationContext,
  TrustedAgent,
} from '@kaizen-eatp/core';
import type { DelegationGrant } from '@kaizen-eatp/core/plugin';
import type { LedgerEntry } from '@kaizen-eatp/core/store';
import { describe, expect, it, vi } from 'vitest';
import { accepted } from '../trust/world.js';
import { EditedStore } from './edited-store.js';
import { ALICE, gate, rejection, World } from './world.js';

const BOB: HumanOrigin = { ...ALICE, humanId: 'bob@acme.example' };

const denialOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
  const error = await rejection(promise);
  expect(error.code).toBe('VERIFICATION_DENIED');
  return (error as { denial?: { code: string } }).denial?.code;
};

/** alice can delegate `pay`; bob holds nothing of his own. */
async function people(store?: EditedStore) {
  const world = await World.make(store ? { store } : {});
  const work = vi.fn();
  const alice = await world.agent('alice', undefined, { capabilities: ['pay'] });
  const bob = await world.agent('bob', work);
  return { world, work, alice, bob };
}

describe('a delegation that was made in a run', () => {
  it('gives nothing outside the run, not even while the run goes on', async () => {
    const { world, work, alice, bob } = await people();
    await world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
      const { id } = await delegate(a!, b!, { capabilities: ['pay'] });
      await invoke(b!, 'in the run');
      for (const delegation of [id, (await world.store.readDelegationPath(id))[0]!.delegationId])
        expect(await denialOf(bob.run('outside', { delegation, action: 'pay' }))).toBe('DELEGATION_MISMATCH');
    });
    expect(work.mock.calls.map(([input]) => input)).toEqual(['in the run']);
  });

  it('gives nothing in another run of the same task, at the same time or later', async () => {
    const { world, work, alice, bob } = await people();
    let grant: DelegationGrant | undefined;
    const [made, tried] = [gate(), gate()];
    const options = { taskId: 'task-1', humanOrigin: ALICE };
    const first = world.execute(
      [alice, bob],
      async ({ agents: [a, b], delegate, invoke }) => {
        grant = await delegate(a!, b!, { capabilities: ['pay'] });
        await invoke(b!, 'first');
        made.open();
        await tried.opened;
      },
      options,
    );
    await made.opened;
    const second = () =>
      world.execute(
        [alice, bob],
        async ({ agents: [a, b], invoke }) => {
          await invoke(a!, 1);
          await invoke(b!, 'second', { delegation: { ...grant!, to: b! } });
        },
        options,
      );
    expect((await rejection(second())).code).toBe('DELEGATION_NOT_FOUND');
    tried.open();
    await first;
    expect((await rejection(second())).code).toBe('DELEGATION_NOT_FOUND');
    expect(work.mock.calls.map(([input]) => input)).toEqual(['first']);
  });

  it('gives nothing to the pattern if an agent made it, and nothing to another agent', async () => {
    const { world, work, alice, bob } = await people();
    let made: DelegationRecord | undefined;
    const carol = await world.agent('carol', async (_input: unknown, context: InvocationContext) => {
      made = await context.delegate(bob, { capabilities: ['execute'] });
      await context.invoke(bob, 'by carol');
    });
    const error = await rejection(
      world.execute([alice, carol, bob], async ({ agents: [a, c, b], delegate, invoke }) => {
        await delegate(a!, c!, { capabilities: ['execute'] });
        await invoke(c!, 1);
        const grant = { id: made!.id, from: c!, to: b!, capabilities: ['execute'], constraints: [] };
        expect((await rejection(invoke(c!, 1, { delegation: grant }))).code).toBe('DELEGATION_NOT_FOUND');
        await invoke(b!, 'by the pattern', { delegation: grant });
      }),
    );
    expect(error.code).toBe('DELEGATION_NOT_FOUND');
    expect(work.mock.calls.map(([input]) => input)).toEqual(['by carol']);
  });

  const columns: [keyof LedgerEntry, unknown][] = [
    ['runId', 'run-other'],
    ['runId', null],
    ['invocationId', 'run-1/9'],
    ['person', `person-${'0'.repeat(32)}`],
    ['person', null],
    ['nonce', 'other'],
    ['taskId', 'task-other'],
    ['delegatorId', 'agent-mallory'],
    ['delegateeId', 'agent-mallory'],
    ['parentDelegationId', 'del-other'],
  ];
  it.each(columns)('gives nothing once its %s in the ledger was changed to %j', async (column, value) => {
    const store = new EditedStore();
    const { world, work, alice, bob } = await people(store);
    const error = await rejection(
      world.execute(
        [alice, bob],
        async ({ agents: [a, b], delegate, invoke }) => {
          await delegate(a!, b!, { capabilities: ['pay'] });
          await invoke(b!, 'before');
          store.edit = (entry) => ({ ...entry, [column]: value });
          await invoke(b!, 'after');
        },
        { runId: 'run-1', humanOrigin: ALICE },
      ),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_MISMATCH' } });
    expect(work.mock.calls.map(([input]) => input)).toEqual(['before']);
  });

  it.each(columns.slice(0, 6))(
    'gives nothing below it once its %s was changed to %j',
    async (column, value) => {
      const store = new EditedStore();
      const { world, work, alice, bob } = await people(store);
      const carol = await world.agent('carol', work);
      const error = await rejection(
        world.execute(
          [alice, bob, carol],
          async ({ agents: [a, b, c], delegate, invoke }) => {
            const above = await delegate(a!, b!, { capabilities: ['pay'] });
            await delegate(b!, c!, { capabilities: ['pay'] });
            await invoke(c!, 'before');
            store.edit = (entry) => (entry.delegationId === above.id ? { ...entry, [column]: value } : entry);
            await invoke(c!, 'after');
          },
          { runId: 'run-1', humanOrigin: ALICE },
        ),
      );
      expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_MISMATCH' } });
      expect(work.mock.calls.map(([input]) => input)).toEqual(['before']);
    },
  );
});

describe('a delegation that an agent made in an invocation', () => {
  it('gives nothing to a call outside runs', async () => {
    const { world, work, alice, bob } = await people();
    let made: DelegationRecord | undefined;
    const carol = await world.agent('carol', async (_input: unknown, context: InvocationContext) => {
      made = await context.delegate(bob, { capabilities: ['pay'] });
      return context.invoke(bob, 'in the invocation');
    });
    const delegation = await alice.delegateTo(carol, { capabilities: ['pay'] });
    await carol.run(1, { delegation, action: 'pay' });
    expect(await denialOf(bob.run('later', { delegation: made!, action: 'pay' }))).toBe(
      'DELEGATION_MISMATCH',
    );
    expect(work.mock.calls.map(([input]) => input)).toEqual(['in the invocation']);
  });
});

describe('a delegation that was made outside runs', () => {
  it('gives nothing for another person, or for none', async () => {
    const { work, alice, bob } = await people();
    const terms = { capabilities: ['pay'] };
    const forAlice = await alice.delegateTo(bob, { ...terms, humanOrigin: ALICE });
    const forNobody = await alice.delegateTo(bob, terms);
    const attempts: [DelegationRecord, { humanOrigin?: HumanOrigin }][] = [
      [forAlice, { humanOrigin: BOB }],
      [forAlice, {}],
      [forNobody, { humanOrigin: ALICE }],
    ];
    for (const [delegation, options] of attempts) {
      const call = bob.run(1, { delegation, action: 'pay', ...options });
      expect(await denialOf(call)).toBe('DELEGATION_MISMATCH');
    }
    expect(work).not.toHaveBeenCalled();
    await bob.run(1, {
      delegation: forAlice,
      action: 'pay',
      humanOrigin: { ...ALICE, sessionId: 'another' },
    });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('gives nothing to another agent', async () => {
    const { world, work, alice, bob } = await people();
    const carol = await world.agent('carol', work);
    const delegation = await alice.delegateTo(bob, { capabilities: ['pay'] });
    expect(await denialOf(carol.run(1, { delegation, action: 'pay' }))).toBe('DELEGATION_MISMATCH');
    expect(work).not.toHaveBeenCalled();
  });

  it('gives nothing inside a run', async () => {
    const { world, work, alice, bob } = await people();
    const { id } = await alice.delegateTo(bob, { capabilities: ['pay'] });
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], invoke }) => {
        await invoke(a!, 1);
        const grant = { id, from: a!, to: b!, capabilities: ['pay'], constraints: [] };
        await invoke(b!, 1, { delegation: grant });
      }),
    );
    expect(error.code).toBe('DELEGATION_NOT_FOUND');
    expect(work).not.toHaveBeenCalled();
  });

  it('cannot be passed on in another task, for another person or by another agent', async () => {
    const { world, bob } = await people();
    await world.agent('carol');
    const above = await world.trust.delegate({
      delegatorId: 'agent-alice',
      delegateeId: bob.id,
      taskId: 'task-1',
      capabilities: ['pay'],
    });
    const passOn = (more: object) =>
      world.trust.delegate({
        delegatorId: bob.id,
        delegateeId: 'agent-carol',
        taskId: 'task-1',
        capabilities: ['pay'],
        parentDelegationId: above.id,
        ...more,
      });
    for (const more of [
      { taskId: 'task-2' },
      { humanOrigin: ALICE },
      { delegatorId: 'agent-alice', delegateeId: 'agent-carol' },
    ])
      expect(await rejection(passOn(more))).toMatchObject({
        code: 'DELEGATION_REFUSED',
        evidence: { denial: { code: 'DELEGATION_MISMATCH' } },
      });
    const below = await passOn({});
    expect(below).toMatchObject({ parentDelegationId: above.id, delegationDepth: 2 });
    const may = async () =>
      (await world.trust.verify({ agentId: 'agent-carol', action: 'pay', delegationId: below.id })).valid;
    expect(await may()).toBe(true);
    await world.trust.endTask({ taskId: 'task-1', delegatorId: 'agent-alice' });
    expect(await may()).toBe(false);
  });

  it('does not revive when an agent that was revoked is established again', async () => {
    const { world, work, alice, bob } = await people();
    const delegation = await alice.delegateTo(bob, { capabilities: ['pay'] });
    await world.trust.revoke({ agentId: bob.id, reason: 'lost' });
    const again = new TrustedAgent({ name: 'bob', agent: work, trust: world.trust });
    const isBack = await again.establishTrust({ authorityId: world.authority.id, capabilities: [] }).then(
      () => true,
      () => false,
    );
    const code = await denialOf(again.run(1, { delegation, action: 'pay' }));
    expect(code).toBe(isBack ? 'DELEGATION_NOT_IN_FORCE' : 'REVOKED');
    expect(work).not.toHaveBeenCalled();
  });

  it('ends with the capability of its delegator, although it was verified before', async () => {
    const { world, work, bob } = await people();
    const minute = 60_000;
    const clerk = await world.agent('clerk');
    await accepted(world.trust, {
      delegatorId: 'agent-alice',
      delegateeId: clerk.id,
      taskId: 'task-1',
      capabilities: ['pay'],
      lasting: true,
      expiresAt: new Date(world.clock.now() + minute),
    });
    await clerk.refresh();
    const delegation = await clerk.delegateTo(bob, { capabilities: ['pay'] });
    await bob.run('before', { delegation, action: 'pay' });
    await bob.run('again', { delegation, action: 'pay' });
    world.clock.move(minute + 1);
    expect(await denialOf(bob.run('after', { delegation, action: 'pay' }))).toBe('DELEGATION_WIDENED');
    expect(work.mock.calls.map(([input]) => input)).toEqual(['before', 'again']);
  });
});

it('a pattern cannot name for one agent the delegation of another', async () => {
  const world = await World.make();
  const agents = [await world.agent('alice'), await world.agent('bob'), await world.agent('carol')];
  const { result } = await world.execute(agents, async ({ agents: [a, b, c], delegate, invoke }) => {
    const delegation = await delegate(a!, b!, { capabilities: ['execute'] });
    await delegate(a!, c!, { capabilities: ['execute'] });
    return (await rejection(invoke(c!, 1, { delegation }))).code;
  });
  expect(result).toBe('DELEGATION_NOT_FOUND');
});
