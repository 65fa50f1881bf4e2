import type { DelegateRequest } from '@kaizen-eatp/core';
import { parseJson } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { golden, signingKeyIdOf } from '../chain/golden.js';
import { ALICE, accepted, BOB, CAROL, failure, human, MALLORY, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['deploy', 'read']);
  await world.establish(BOB, ['bake']);
  await world.establish(CAROL, ['cook']);
});

const give = (delegatorId: string, delegateeId: string, more: Partial<DelegateRequest> = {}) =>
  accepted(world.trust, { delegatorId, delegateeId, taskId: 't', capabilities: ['deploy'], ...more });
const may = async (agentId: string, action: string, more: object = {}) =>
  (await world.trust.verify({ agentId, action, ...more })).valid;
const capabilitiesOf = async (agentId: string) =>
  (await world.trust.getChain(agentId))?.capabilities.map((c) => c.capability);

describe('revoking an agent', () => {
  it('ends its trust at every level, in every process, and what it delegated for tasks', async () => {
    const { id } = await give(ALICE, BOB);
    const report = await world.trust.revoke({ agentId: ALICE, reason: 'left' });
    expect(report).toEqual({ agents: [ALICE], delegations: [id] });
    for (const trust of [world.trust, world.elsewhere()]) {
      for (const level of ['quick', 'standard', 'full'] as const) {
        expect((await trust.verify({ agentId: ALICE, action: 'read', level })).denial?.code).toBe('REVOKED');
      }
      expect((await trust.verify({ agentId: BOB, action: 'deploy', delegationId: id })).valid).toBe(false);
    }
    expect(await world.trust.getChain(ALICE)).toBeUndefined();
    expect(await world.store.readRevocations('agent', [ALICE])).toMatchObject([{ reason: 'left' }]);
    expect(await world.store.readRevocations('delegation', [id])).toMatchObject([
      { reason: `agent ${ALICE} was revoked: left` },
    ]);
  });

  it('takes what it gave for good out of other chains, and revokes chains derived from it', async () => {
    const toBob = await give(ALICE, BOB, { lasting: true });
    const toMallory = await give(ALICE, MALLORY, { lasting: true });
    const further = await give(MALLORY, 'agent-eve', { lasting: true });
    const report = await world.trust.revoke({ agentId: ALICE, reason: 'left' });
    expect([...report.agents].sort()).toEqual([ALICE, 'agent-eve', MALLORY].sort());
    expect([...report.delegations].sort()).toEqual([toBob.id, toMallory.id, further.id].sort());
    expect(await capabilitiesOf(BOB)).toEqual(['bake', 'orchestration_participation', 'execute']);
    expect(await may(BOB, 'bake', { level: 'full' })).toBe(true);
    expect((await world.trust.getChain(BOB))?.delegations).toEqual([]);
    for (const agent of [MALLORY, 'agent-eve'])
      expect(await may(agent, 'deploy', { level: 'quick' })).toBe(false);
  });

  it('without cascade leaves the records, which no longer verify', async () => {
    await give(ALICE, BOB, { lasting: true });
    expect((await world.trust.revoke({ agentId: ALICE, reason: 'left', cascade: false })).agents).toEqual([
      ALICE,
    ]);
    expect((await world.trust.getChain(BOB))?.delegations).toHaveLength(1);
    expect((await world.trust.verify({ agentId: BOB, action: 'deploy' })).denial?.code).toBe(
      'DELEGATOR_NOT_TRUSTED',
    );
  });

  it('is not undone by importing its old chain', async () => {
    const text = await world.trust.exportChain(BOB);
    await world.trust.revoke({ agentId: BOB, reason: 'left' });
    expect(await failure(world.trust.importChain(text))).toMatchObject({ code: 'CHAIN_INVALID' });
    expect(await may(BOB, 'bake')).toBe(false);
  });
});

describe('revoking a delegation', () => {
  it('of a task ends it and all below it', async () => {
    const first = await give(ALICE, BOB);
    const second = await give(BOB, CAROL, { parentDelegationId: first.id });
    expect(await world.trust.revoke({ delegationId: first.id, reason: 'enough' })).toMatchObject({
      agents: [],
      delegations: [first.id],
    });
    expect(await may(BOB, 'deploy', { delegationId: first.id })).toBe(false);
    expect(await may(CAROL, 'deploy', { delegationId: second.id })).toBe(false);
    expect(await may(BOB, 'bake')).toBe(true);
  });

  it('that lasts strips it with the capabilities that it derived, and no others', async () => {
    const kept = await give(ALICE, BOB, {
      lasting: true,
      capabilities: ['read'],
      additionalConstraints: ['eu'],
    });
    const gone = await give(ALICE, BOB, { lasting: true, additionalConstraints: ['us'] });
    expect(await world.trust.revoke({ delegationId: gone.id, reason: 'enough' })).toEqual({
      agents: [],
      delegations: [gone.id],
    });
    const chain = (await world.trust.getChain(BOB))!;
    expect(chain.delegations.map((d) => d.id)).toEqual([kept.id]);
    expect(await capabilitiesOf(BOB)).toEqual(['bake', 'orchestration_participation', 'execute', 'read']);
    expect(await world.elsewhere().verify({ agentId: BOB, action: 'read', level: 'full' })).toMatchObject({
      valid: true,
      effectiveConstraints: ['eu'],
    });
  });

  it('revokes a chain that was derived from it', async () => {
    const { id } = await give(ALICE, MALLORY, { lasting: true });
    expect(await world.trust.revoke({ delegationId: id, reason: 'enough' })).toEqual({
      agents: [MALLORY],
      delegations: [id],
    });
    expect((await world.trust.verify({ agentId: MALLORY, action: 'deploy' })).denial?.code).toBe('REVOKED');
  });

  it('takes with it what the delegatee gave on for good on the strength of it', async () => {
    const first = await give(ALICE, BOB, { lasting: true });
    const second = await give(BOB, CAROL, { lasting: true });
    expect(await may(CAROL, 'deploy')).toBe(true);
    const { delegations } = await world.trust.revoke({ delegationId: first.id, reason: 'enough' });
    expect(await may(BOB, 'deploy')).toBe(false);
    expect(await may(CAROL, 'deploy')).toBe(false);
    expect(delegations).toContain(second.id);
    expect(await may(CAROL, 'cook')).toBe(true);
  });

  it('leaves the agent what it was attested itself, even in the same second', async () => {
    await world.establish(MALLORY, ['deploy']);
    const { id } = await give(ALICE, MALLORY, { lasting: true });
    await world.trust.revoke({ delegationId: id, reason: 'enough' });
    expect(await may(MALLORY, 'deploy')).toBe(true);
  });

  it('of an unknown id is refused', async () => {
    expect(await failure(world.trust.revoke({ delegationId: 'del-x', reason: 'enough' }))).toMatchObject({
      code: 'DELEGATION_NOT_FOUND',
    });
  });
});

describe('revoking everything that came from a human', () => {
  it('ends the delegations of tasks and those that last, and leaves those of others', async () => {
    const mine = await give(ALICE, BOB, { humanOrigin: human('dave') });
    const below = await give(BOB, CAROL, {
      humanOrigin: human('dave'),
      parentDelegationId: mine.id,
    });
    const lasting = await give(ALICE, CAROL, { humanOrigin: human('dave'), lasting: true, taskId: 'l' });
    const other = await give(ALICE, CAROL, { humanOrigin: human('erin'), taskId: 'u' });
    const report = await world.trust.revoke({ humanId: 'dave', reason: 'left' });
    expect([...report.delegations].sort()).toEqual([mine.id, below.id, lasting.id].sort());
    expect(await may(BOB, 'deploy', { delegationId: mine.id })).toBe(false);
    expect(await may(CAROL, 'deploy', { delegationId: below.id })).toBe(false);
    expect(await may(CAROL, 'deploy')).toBe(false);
    expect(await may(CAROL, 'deploy', { delegationId: other.id })).toBe(true);
  });
});

describe('every revocation', () => {
  it('is recorded in the trail, with its reason, and the trail stays valid', async () => {
    const { id } = await give(ALICE, BOB, { humanOrigin: human('dave') });
    await world.trust.revoke({ delegationId: id, reason: 'one' });
    await world.trust.revoke({ agentId: ALICE, reason: 'two' });
    await world.trust.revoke({ humanId: 'dave', reason: 'three' });
    const trail = (await world.store.readTrail('outside-runs')).map((entry) => JSON.parse(entry.text));
    expect(trail.map((a) => [a.action, a.resource, a.context.reason])).toEqual([
      ['revoke_delegation', id, 'one'],
      ['revoke_agent', ALICE, 'two'],
      ['revoke_person', await world.pseudonymOf('dave'), 'three'],
    ]);
    expect(await world.trust.verifyTrail()).toMatchObject({ state: 'open', entries: 3 });
  });

  it('is reported to all watchers of the store', async () => {
    const seen: unknown[] = [];
    const stop = world.elsewhere().watch((event) => seen.push(event));
    await world.trust.revoke({ agentId: BOB, reason: 'left' });
    stop();
    await world.trust.revoke({ agentId: CAROL, reason: 'left' });
    expect(seen).toEqual([
      { type: 'chain_changed', agentId: BOB },
      {
        type: 'revoked',
        revocation: expect.objectContaining({ kind: 'agent', subjectId: BOB, reason: 'left' }),
      },
      { type: 'statement_added', sequence: 2 },
    ]);
  });

  it.each<[string, object, string]>([
    ['no reason', { agentId: BOB }, 'INVALID_ARGUMENT'],
    ['a blank reason', { agentId: BOB, reason: ' ' }, 'INVALID_ARGUMENT'],
    ['nothing named', { reason: 'x' }, 'INVALID_ARGUMENT'],
    ['two things named', { agentId: BOB, humanId: 'dave', reason: 'x' }, 'INVALID_ARGUMENT'],
    ['an agent without a chain', { agentId: 'agent-x', reason: 'x' }, 'CHAIN_NOT_FOUND'],
  ])('is refused with %s', async (_what, wrong, code) => {
    expect(await failure(world.trust.revoke(wrong as never))).toMatchObject({ code });
    expect(await may(BOB, 'bake')).toBe(true);
  });
});

describe('in chains as the reference writes them', () => {
  it('the delegation goes with the capability that it derived, under whatever id', async () => {
    for (const { authority, private_key } of golden.authorities) {
      await world.keys.importKey(signingKeyIdOf(authority), private_key);
      await world.trust.registerAuthority(authority);
    }
    world.clock.at = Date.UTC(2026, 10, 22, 14);
    for (const { stored } of golden.chains) {
      const wire = parseJson(stored) as { genesis: { agent_id: string } };
      if (/^agent-1-[0-9]$/.test(wire.genesis.agent_id)) await world.overwrite(wire.genesis.agent_id, stored);
    }
    const agentId = 'agent-1-5';
    const before = (await world.trust.getChain(agentId))!;
    const delegation = before.delegations[0]!;
    expect(before.capabilities.map((c) => c.capability)).toEqual(['execute', 'super_admin', 'read_x']);
    expect((await world.trust.verify({ agentId, action: 'read_x', level: 'full' })).valid).toBe(true);
    const report = await world.trust.revoke({ delegationId: delegation.id, reason: 'enough' });
    expect(report).toEqual({ agents: [], delegations: [delegation.id] });
    const after = (await world.trust.getChain(agentId))!;
    expect(after.delegations).toEqual([]);
    expect(after.capabilities).toEqual(before.capabilities.slice(0, 2));
    expect((await world.elsewhere().verify({ agentId, action: 'super_admin', level: 'full' })).valid).toBe(
      true,
    );
    expect((await world.trust.verify({ agentId, action: 'read_x' })).denial?.code).toBe(
      'CAPABILITY_NOT_HELD',
    );
  });
});
