import { type DelegateRequest, derivedCapabilityId, type TrustOperations } from '@kaizen-eatp/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, failure, human, MALLORY, minutes, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read_*', 'write'], ['eu']);
  await world.establish(BOB, ['bake'], ['quiet']);
  await world.establish(CAROL, ['cook']);
});

const from = (
  delegatorId: string,
  delegateeId: string,
  capabilities: readonly string[],
  more: Partial<DelegateRequest> = {},
) => world.trust.delegate({ delegatorId, delegateeId, taskId: 't', capabilities, ...more });
const may = async (
  agentId: string,
  action: string,
  more: object = {},
  trust: TrustOperations = world.trust,
) => (await trust.verify({ agentId, action, ...more })).valid;

describe('a delegation for one task', () => {
  it('is signed, in the ledger, and leaves both chains as they were', async () => {
    const before = [await world.stored(ALICE), await world.stored(BOB)];
    const record = await from(ALICE, BOB, ['write'], {
      additionalConstraints: ['no_pii_export', 'eu'],
      humanOrigin: human('dave'),
      runId: 'run-1',
    });
    expect(record).toMatchObject({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilitiesDelegated: ['write'],
      constraintSubset: ['eu', 'no_pii_export'],
      delegatedAt: '2026-01-05T12:00:00+00:00',
      expiresAt: null,
      parentDelegationId: null,
      delegationChain: [ALICE, BOB],
      delegationDepth: 1,
    });
    expect([await world.stored(ALICE), await world.stored(BOB)]).toEqual(before);
    expect(await world.store.readDelegationPath(record.id)).toMatchObject([
      { delegationId: record.id, taskId: 't', runId: 'run-1', humanId: 'dave', status: 'in_force' },
    ]);
  });

  it('is in force for its task only, in every process that shares the store, until the task ends', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    for (const trust of [world.trust, world.elsewhere()]) {
      expect(await may(BOB, 'write', { taskId: 't' }, trust)).toBe(true);
      expect(await may(BOB, 'write', { taskId: 'other' }, trust)).toBe(false);
      expect(await may(BOB, 'write', {}, trust)).toBe(false);
    }
    await world.trust.endTask('t');
    expect(await may(BOB, 'write', { taskId: 't' })).toBe(false);
    expect(await may(BOB, 'write', { delegationId: id })).toBe(false);
  });

  it('made by a run is not ended by endTask, but with its run', async () => {
    const { id } = await from(ALICE, BOB, ['write'], { runId: 'run-1' });
    await world.trust.endTask('t');
    expect(await may(BOB, 'write', { delegationId: id })).toBe(true);
    await world.store.commit([{ op: 'close_delegations', runId: 'run-1' }]);
    expect(await may(BOB, 'write', { delegationId: id })).toBe(false);
  });

  it('of a task that is not named ends nothing', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    await world.trust.endTask(undefined as never).catch(() => undefined);
    expect(await may(BOB, 'write', { delegationId: id })).toBe(true);
  });

  it('ends with the delegator’s own trust at the latest', async () => {
    await world.establish(MALLORY, ['read'], [], minutes(10));
    expect((await from(MALLORY, BOB, ['read'], { expiresAt: minutes(20) })).expiresAt).toBe(
      '2026-01-05T12:10:00+00:00',
    );
    expect((await from(MALLORY, BOB, ['read'], { expiresAt: minutes(5) })).expiresAt).toBe(
      '2026-01-05T12:05:00+00:00',
    );
    expect((await from(MALLORY, BOB, ['read'])).expiresAt).toBe('2026-01-05T12:10:00+00:00');
  });

  it('gives by wildcard what the delegator holds by wildcard, and a narrower one', async () => {
    const { id } = await from(ALICE, BOB, ['read_x*']);
    expect(await may(BOB, 'read_xy', { delegationId: id })).toBe(true);
    expect(await may(BOB, 'read_y', { delegationId: id })).toBe(false);
    await expect(from(ALICE, BOB, ['read_*'])).resolves.toBeDefined();
    for (const wider of ['*', 'read*', 'r*', '*_x', 'wr*', 'write*']) {
      expect(await failure(from(ALICE, BOB, [wider])), wider).toMatchObject({ code: 'CAPABILITY_NOT_HELD' });
    }
  });

  it('of execute lets the delegatee do its own job within the delegator’s constraints, and no more', async () => {
    const { id } = await from(ALICE, BOB, ['execute']);
    expect(await world.trust.verify({ agentId: BOB, action: 'bake', delegationId: id })).toMatchObject({
      valid: true,
      effectiveConstraints: ['quiet', 'eu'],
    });
    expect(await may(BOB, 'execute', { delegationId: id })).toBe(true);
    expect(await may(BOB, 'write', { delegationId: id })).toBe(false);
  });

  it('that names capabilities gives those and no others, whatever else the agent owns', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    expect(await may(BOB, 'bake', { delegationId: id })).toBe(false);
    expect(await may(BOB, 'execute', { delegationId: id })).toBe(true);
  });
});

describe('a delegation under another', () => {
  it('follows from the one in force for the delegator in this task, and inherits its limits', async () => {
    const first = await from(ALICE, BOB, ['read_x'], {
      additionalConstraints: ['slow'],
      expiresAt: minutes(10),
    });
    const second = await from(BOB, CAROL, ['read_x'], { expiresAt: minutes(30) });
    expect(second).toMatchObject({
      parentDelegationId: first.id,
      delegationChain: [ALICE, BOB, CAROL],
      delegationDepth: 2,
      constraintSubset: ['quiet', 'eu', 'slow'],
      expiresAt: '2026-01-05T12:10:00+00:00',
    });
    expect(await may(CAROL, 'read_x', { delegationId: second.id })).toBe(true);
    world.later(11);
    expect(await may(CAROL, 'read_x', { delegationId: second.id })).toBe(false);
  });

  it('cannot give what was not given, nor what the delegator owns beside it', async () => {
    await from(ALICE, BOB, ['read_x']);
    expect(await failure(from(BOB, CAROL, ['read_y']))).toMatchObject({
      code: 'CAPABILITY_NOT_HELD',
      expected: 'one of read_x',
    });
    expect(await failure(from(BOB, CAROL, ['bake']))).toMatchObject({ code: 'CAPABILITY_NOT_HELD' });
    await expect(from(BOB, CAROL, ['bake'], { parentDelegationId: null })).resolves.toMatchObject({
      delegationDepth: 1,
    });
    await expect(from(BOB, CAROL, ['bake'], { taskId: 'other' })).resolves.toMatchObject({
      delegationDepth: 1,
    });
  });

  it('chooses, of several, the latest that gives the right', async () => {
    const first = await from(ALICE, BOB, ['read_x']);
    await from(ALICE, BOB, ['write']);
    expect((await from(BOB, CAROL, ['read_x'])).parentDelegationId).toBe(first.id);
  });

  it('ends with the one above, by whatever it ends', async () => {
    const first = await from(ALICE, BOB, ['read_x']);
    const second = await from(BOB, CAROL, ['read_x']);
    await world.trust.revoke({ delegationId: first.id, reason: 'enough' });
    expect(
      (await world.trust.verify({ agentId: CAROL, action: 'read_x', delegationId: second.id })).denial,
    ).toEqual({
      code: 'DELEGATION_NOT_IN_FORCE',
      reason: `delegation ${first.id} is revoked`,
    });
  });

  it('ends when the first delegator no longer holds the capability', async () => {
    await world.establish(MALLORY, ['temp']);
    await from(MALLORY, BOB, ['temp']);
    const { id } = await from(BOB, CAROL, ['temp']);
    expect(await may(CAROL, 'temp', { delegationId: id })).toBe(true);
    await world.trust.revoke({ agentId: MALLORY, reason: 'left' });
    await world.establish(MALLORY, ['other']);
    expect(await may(CAROL, 'temp', { delegationId: id })).toBe(false);
  });
});

describe('delegate refuses', () => {
  it.each<[string, Partial<DelegateRequest> | Record<string, unknown>, string]>([
    ['an unknown delegator', { delegatorId: MALLORY }, 'CHAIN_NOT_FOUND'],
    ['an unknown delegatee', { delegateeId: MALLORY }, 'CHAIN_NOT_FOUND'],
    [
      'a capability that the delegator does not hold',
      { capabilities: ['write', 'admin'] },
      'CAPABILITY_NOT_HELD',
    ],
    ['no capabilities', { capabilities: [] }, 'DELEGATION_REFUSED'],
    ['a text for the capabilities', { capabilities: 'write' }, 'DELEGATION_REFUSED'],
    ['a capability that is no name', { capabilities: ['a b'] }, 'INVALID_ARGUMENT'],
    ['a capability of two stars', { capabilities: ['read_*x*'] }, 'INVALID_ARGUMENT'],
    ['an empty task', { taskId: '' }, 'INVALID_ARGUMENT'],
    ['a task that is no text', { taskId: 5 }, 'INVALID_ARGUMENT'],
    ['a task id that is too long', { taskId: 't'.repeat(257) }, 'INVALID_ARGUMENT'],
    ['constraints that are a text', { additionalConstraints: 'eu' }, 'INVALID_ARGUMENT'],
    ['an expiry that is past', { expiresAt: minutes(-1) }, 'INVALID_ARGUMENT'],
    ['itself as delegatee', { delegateeId: ALICE }, 'DELEGATION_CYCLE'],
    ['an unknown delegation to act under', { parentDelegationId: 'del-x' }, 'DELEGATION_REFUSED'],
    ['a human without an id', { humanOrigin: { ...human('dave'), humanId: '' } }, 'INVALID_ARGUMENT'],
    ['a human of whom a field is missing', { humanOrigin: { humanId: 'dave' } }, 'INVALID_ARGUMENT'],
    [
      'a human with a Date for a timestamp',
      { humanOrigin: { ...human('dave'), authenticatedAt: minutes(0) } },
      'INVALID_ARGUMENT',
    ],
  ])('%s, and stores nothing', async (_what, wrong, code) => {
    for (const lasting of wrong.delegateeId === MALLORY ? [false] : [false, true]) {
      expect(
        await failure(from(ALICE, BOB, ['write'], { ...(wrong as object), lasting })),
        `lasting: ${lasting}`,
      ).toMatchObject({ code });
    }
    expect(await world.store.findDelegations({ taskId: 't' })).toEqual([]);
    expect((await world.trust.getChain(BOB))?.delegations).toEqual([]);
  });

  it.each(['', 'a b', 5, undefined])('%o as the agent of a chain to derive', async (delegateeId) => {
    const before = await world.store.listChains();
    expect(await failure(from(ALICE, delegateeId as never, ['write'], { lasting: true }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await world.store.listChains()).toEqual(before);
  });

  it('a delegator whose chain was changed, has expired or is revoked', async () => {
    await world.establish(MALLORY, ['write'], [], minutes(1));
    const { text } = await world.stored(MALLORY);
    await world.tamper(MALLORY, (wire) => (wire.genesis.metadata.x = 1));
    expect(await failure(from(MALLORY, BOB, ['write']))).toMatchObject({ code: 'CHAIN_INVALID' });
    await world.overwrite(MALLORY, text);
    world.later(2);
    expect(await failure(from(MALLORY, BOB, ['write']))).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { reason: 'it has expired' },
    });
    await world.trust.revoke({ agentId: ALICE, reason: 'left' });
    expect(await failure(from(ALICE, BOB, ['write']))).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { reason: 'it is revoked' },
    });
  });

  it.each([false, true])('a delegatee whose trust is revoked (lasting: %s)', async (lasting) => {
    await world.trust.revoke({ agentId: BOB, reason: 'left' });
    expect(await failure(from(ALICE, BOB, ['write'], { lasting }))).toMatchObject({ code: 'CHAIN_INVALID' });
    expect(await may(BOB, 'write')).toBe(false);
  });

  it.each([false, true])(
    'one who is under no_delegation, by its chain or by what it acts under (lasting: %s)',
    async (lasting) => {
      await world.establish(MALLORY, ['write'], ['no_delegation']);
      const refused = {
        code: 'DELEGATION_REFUSED',
        received: 'no_delegation: the delegator is restricted from delegating',
      };
      expect(await failure(from(MALLORY, BOB, ['write'], { lasting }))).toMatchObject(refused);
      await from(ALICE, BOB, ['write'], { additionalConstraints: ['NO_DELEGATION'] });
      expect(await failure(from(BOB, CAROL, ['write'], { lasting }))).toMatchObject({
        code: 'DELEGATION_REFUSED',
      });
    },
  );

  it('execute where strictDelegation is set', async () => {
    const strict = world.elsewhere({ strictDelegation: true });
    const give = (capabilities: string[]) =>
      strict.delegate({ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities });
    expect(await failure(give(['write', 'execute']))).toMatchObject({
      code: 'DELEGATION_REFUSED',
      expected: 'capabilities by name',
    });
    await expect(give(['write'])).resolves.toBeDefined();
  });

  it('more delegations one under another than are allowed', async () => {
    const shallow = world.elsewhere({ maxDelegationDepth: 2 });
    await world.establish('agent-dan', []);
    const give = (delegatorId: string, delegateeId: string) =>
      shallow.delegate({ delegatorId, delegateeId, taskId: 't', capabilities: ['write'] });
    await give(ALICE, BOB);
    await give(BOB, CAROL);
    expect(await failure(give(CAROL, 'agent-dan'))).toMatchObject({
      code: 'DELEGATION_DEPTH_EXCEEDED',
      expected: 'at most 2 delegations one under another',
      received: '3',
    });
  });

  it('ten deep and no deeper by default', async () => {
    const agents = Array.from({ length: 12 }, (_, i) => `agent-${i}`);
    for (const agent of agents) await world.establish(agent, agent === 'agent-0' ? ['deep'] : []);
    for (let i = 0; i < 10; i++) await from(agents[i] as string, agents[i + 1] as string, ['deep']);
    expect(await may('agent-10', 'deep', { taskId: 't' })).toBe(true);
    expect(await failure(from('agent-10', 'agent-11', ['deep']))).toMatchObject({
      code: 'DELEGATION_DEPTH_EXCEEDED',
    });
  });

  it('a circle', async () => {
    await from(ALICE, BOB, ['write']);
    await from(BOB, CAROL, ['write']);
    expect(await failure(from(CAROL, ALICE, ['write']))).toMatchObject({
      code: 'DELEGATION_CYCLE',
      received: [ALICE, BOB, CAROL, ALICE].join(' → '),
    });
    expect(await failure(from(CAROL, BOB, ['write']))).toMatchObject({ code: 'DELEGATION_CYCLE' });
  });

  it('to act under a delegation that has ended, or is another agent’s', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    expect(await failure(from(CAROL, MALLORY, ['write'], { parentDelegationId: id }))).toMatchObject({
      code: 'DELEGATION_REFUSED',
      evidence: { denial: { code: 'DELEGATION_MISMATCH' } },
    });
    await world.trust.endTask('t');
    expect(await failure(from(BOB, CAROL, ['write'], { parentDelegationId: id }))).toMatchObject({
      evidence: { denial: { code: 'DELEGATION_NOT_IN_FORCE' } },
    });
  });

  it('in the name of a human whose authority is revoked', async () => {
    await world.trust.revoke({ humanId: 'dave', reason: 'left the firm' });
    expect(await failure(from(ALICE, BOB, ['write'], { humanOrigin: human('dave') }))).toMatchObject({
      code: 'REVOKED',
      received: 'left the firm',
    });
  });

  it('with a coded error when a constraint evaluator fails to say what it is for', async () => {
    const broken = {
      matches: () => {
        throw new Error('boom');
      },
    };
    const trust = world.elsewhere({ constraintEvaluators: [broken as never] });
    const error = await failure(
      trust.delegate({ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['write'] }),
    );
    expect(error).toMatchObject({ code: 'DELEGATION_REFUSED' });
  });

  it('a wider pattern on the strength of an imported capability with two stars', async () => {
    // For the reference `**` covers only what begins with a literal star.
    await world.overwrite(
      MALLORY,
      world.forgeChain(MALLORY, { capabilities: [{ capability: '**' }, { capability: 'a*b*' }] }),
    );
    for (const wider of ['*', '*x', 'a*b']) {
      expect(await failure(from(MALLORY, BOB, [wider])), wider).toMatchObject({
        code: 'CAPABILITY_NOT_HELD',
      });
    }
  });
});

describe('a lasting delegation', () => {
  it('is written into the delegatee’s chain with signed capabilities that carry its limits', async () => {
    const record = await from(ALICE, BOB, ['write', 'read_x'], {
      lasting: true,
      additionalConstraints: ['slow'],
    });
    const chain = (await world.trust.getChain(BOB))!;
    expect(chain.delegations).toEqual([record]);
    const derived = chain.capabilities.filter((c) =>
      [derivedCapabilityId(record.id, 'write'), derivedCapabilityId(record.id, 'read_x')].includes(c.id),
    );
    expect(derived.map((c) => [c.capability, c.constraints])).toEqual([
      ['write', ['eu', 'slow']],
      ['read_x', ['eu', 'slow']],
    ]);
    expect(await world.store.findDelegations({ taskId: 't' })).toEqual([]);
    for (const level of ['standard', 'full']) {
      expect(
        await world.elsewhere().verify({ agentId: BOB, action: 'write', level: level as never }),
      ).toMatchObject({
        valid: true,
        effectiveConstraints: ['quiet', 'eu', 'slow'],
      });
    }
  });

  it('makes an agent without a chain a derived one, with what was given and nothing else', async () => {
    const record = await from(ALICE, MALLORY, ['write'], { lasting: true, expiresAt: minutes(10) });
    const chain = (await world.trust.getChain(MALLORY))!;
    expect(chain.genesis).toMatchObject({
      authorityId: 'org-acme',
      expiresAt: '2026-01-05T12:10:00+00:00',
      metadata: { derived_from: ALICE, delegation_id: record.id },
    });
    expect(chain.capabilities.map((c) => c.capability)).toEqual(['write']);
    expect(await may(MALLORY, 'write')).toBe(true);
    world.later(11);
    expect(await may(MALLORY, 'write')).toBe(false);
  });

  it('loses none of many made at once', async () => {
    const tasks = Array.from({ length: 8 }, (_, i) => `t${i}`);
    await Promise.all(
      tasks.map((taskId, i) =>
        (i % 2 ? world.trust : world.elsewhere()).delegate({
          delegatorId: ALICE,
          delegateeId: BOB,
          taskId,
          capabilities: [`read_${taskId}`],
          lasting: true,
        }),
      ),
    );
    const chain = (await world.trust.getChain(BOB))!;
    expect(chain.delegations.map((d) => d.taskId).sort()).toEqual(tasks);
    for (const task of tasks) expect(await may(BOB, `read_${task}`)).toBe(true);
  });

  it('does not outlive what it was given on the strength of: a delegation for one task', async () => {
    await from(ALICE, BOB, ['write']);
    const made = await from(BOB, CAROL, ['write'], { lasting: true }).catch((error) => error);
    await world.trust.endTask('t');
    expect(await may(CAROL, 'write')).toBe(false);
    expect(made.code ?? 'made').toMatch(/^(DELEGATION_REFUSED|CAPABILITY_NOT_HELD)$/);
  });

  it('does not outlive what it was given on the strength of: a capability that expires', async () => {
    await from(ALICE, BOB, ['write'], { lasting: true, expiresAt: minutes(10) });
    await from(BOB, CAROL, ['write'], { lasting: true, taskId: 't2' });
    expect(await may(CAROL, 'write')).toBe(true);
    world.later(11);
    expect(await may(BOB, 'write')).toBe(false);
    expect(await may(CAROL, 'write')).toBe(false);
  });

  it('leaves an agent that holds the capability freely with it', async () => {
    await world.establish(MALLORY, ['bake']);
    await world.establish('agent-free', ['bake']);
    await from(MALLORY, 'agent-free', ['bake'], { lasting: true });
    expect(
      (await world.trust.getChain('agent-free'))?.capabilities.filter((c) => c.capability === 'bake'),
    ).toHaveLength(1);
  });
});
