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
      { delegationId: record.id, taskId: 't', runId: 'run-1', person: 'dave', status: 'in_force' },
    ]);
  });

  it('is in force for its task only, in every process that shares the store, until the task ends', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    for (const trust of [world.trust, world.elsewhere()]) {
      expect(await may(BOB, 'write', { taskId: 't' }, trust)).toBe(true);
      expect(await may(BOB, 'write', { taskId: 'other' }, trust)).toBe(false);
      expect(await may(BOB, 'write', {}, trust)).toBe(false);
    }
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    expect(await may(BOB, 'write', { taskId: 't' })).toBe(false);
    expect(await may(BOB, 'write', { delegationId: id })).toBe(false);
  });

  it('made by a run is not ended by endTask, but with its run', async () => {
    const { id } = await from(ALICE, BOB, ['write'], { runId: 'run-1' });
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    expect(await may(BOB, 'write', { delegationId: id })).toBe(true);
    await world.store.commit([{ op: 'close_delegations', runId: 'run-1' }]);
    expect(await may(BOB, 'write', { delegationId: id })).toBe(false);
  });

  it('of a task that is not named ends nothing', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    await world.trust.endTask(undefined as never).catch(() => undefined);
    await world.trust.endTask({ delegatorId: ALICE } as never).catch(() => undefined);
    expect(await may(BOB, 'write', { delegationId: id })).toBe(true);
  });

  it('is not ended by another agent that names its task', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    await world.trust.endTask({ taskId: 't', delegatorId: BOB });
    expect(await may(BOB, 'write', { delegationId: id })).toBe(true);
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    expect(await may(BOB, 'write', { delegationId: id })).toBe(false);
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

  it('of execute keeps the delegatee’s own job within what the one above names', async () => {
    await world.establish(MALLORY, ['read_x', 'brew']);
    await from(ALICE, BOB, ['read_x']);
    const { id } = await from(BOB, MALLORY, ['execute']);
    expect(await may(MALLORY, 'read_x', { delegationId: id })).toBe(true);
    expect(await may(MALLORY, 'brew', { delegationId: id })).toBe(false);
    expect(await may(MALLORY, 'brew')).toBe(true);
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
      evidence: { delegationId: second.id },
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
