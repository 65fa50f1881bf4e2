import type { DelegateRequest, TrustOperations } from '@kaizen-eatp/core';
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

const REASONING = {
  decision: 'delegate',
  rationale: 'bob has the data',
  confidentiality: 'public',
  timestamp: '2026-01-05T11:00:00+00:00',
} as const;

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
    ['a string for the capabilities', { capabilities: 'write' }, 'INVALID_ARGUMENT'],
    ['a capability that is no name', { capabilities: ['a b'] }, 'INVALID_ARGUMENT'],
    ['a capability of two stars', { capabilities: ['read_*x*'] }, 'INVALID_ARGUMENT'],
    ['an empty task', { taskId: '' }, 'INVALID_ARGUMENT'],
    ['a task that is no text', { taskId: 5 }, 'INVALID_ARGUMENT'],
    ['a task id that is too long', { taskId: 't'.repeat(257) }, 'INVALID_ARGUMENT'],
    ['constraints that are a string', { additionalConstraints: 'eu' }, 'INVALID_ARGUMENT'],
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
    ...[
      ['evidence that the reference cannot read', { evidence: 5 }],
      ['a confidence above 1', { confidence: 1.5 }],
      ['a confidence that is no number', { confidence: 'sure' }],
    ].map(
      ([what, wrong]) =>
        [
          `a reasoning with ${what}`,
          { reasoningTrace: { ...REASONING, ...(wrong as object) } },
          'INVALID_ARGUMENT',
        ] as [string, object, string],
    ),
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
      const { id } = await from(ALICE, BOB, ['write'], { additionalConstraints: ['NO_DELEGATION'] });
      const under = { parentDelegationId: id, lasting };
      expect(await failure(from(BOB, CAROL, ['write'], under))).toMatchObject({
        code: 'DELEGATION_REFUSED',
        ...(!lasting && { received: 'NO_DELEGATION: the delegator is restricted from delegating' }),
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
    const give = (delegatorId: string, delegateeId: string, parentDelegationId: string | null) =>
      shallow.delegate({
        delegatorId,
        delegateeId,
        taskId: 't',
        capabilities: ['write'],
        parentDelegationId,
      });
    const first = await give(ALICE, BOB, null);
    const second = await give(BOB, CAROL, first.id);
    expect(await failure(give(CAROL, 'agent-dan', second.id))).toMatchObject({
      code: 'DELEGATION_DEPTH_EXCEEDED',
      expected: 'at most 2 delegations, each made under the one before',
      received: '3',
    });
  });

  it('by default the 11th of a path, and allows 10', async () => {
    const agents = Array.from({ length: 12 }, (_, i) => `agent-${i}`);
    for (const agent of agents) await world.establish(agent, agent === 'agent-0' ? ['deep'] : []);
    let last: string | null = null;
    for (let i = 0; i < 10; i++) {
      const [delegator, delegatee] = [agents[i] as string, agents[i + 1] as string];
      last = (await from(delegator, delegatee, ['deep'], { parentDelegationId: last })).id;
    }
    expect(await may('agent-10', 'deep', { delegationId: last })).toBe(true);
    expect(await failure(from('agent-10', 'agent-11', ['deep'], { parentDelegationId: last }))).toMatchObject(
      {
        code: 'DELEGATION_DEPTH_EXCEEDED',
      },
    );
  });

  it('a cycle', async () => {
    const first = await from(ALICE, BOB, ['write']);
    const second = await from(BOB, CAROL, ['write'], { parentDelegationId: first.id });
    const under = { parentDelegationId: second.id };
    expect(await failure(from(CAROL, ALICE, ['write'], under))).toMatchObject({
      code: 'DELEGATION_CYCLE',
      received: [ALICE, BOB, CAROL, ALICE].join(' → '),
    });
    expect(await failure(from(CAROL, BOB, ['write'], under))).toMatchObject({ code: 'DELEGATION_CYCLE' });
  });

  it('to act under a delegation that has ended, or is another agent’s', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    expect(await failure(from(CAROL, MALLORY, ['write'], { parentDelegationId: id }))).toMatchObject({
      code: 'DELEGATION_REFUSED',
      evidence: { denial: { code: 'DELEGATION_MISMATCH' } },
    });
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
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
