import type { DelegateRequest, EatpError, TrustOperations } from '@kaizen-eatp/core';
import { boundDelegationId } from '@kaizen-eatp/core/records';
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
    const [entry] = await world.store.readDelegationPath(record.id);
    expect(entry).toMatchObject({
      delegationId: record.id,
      taskId: 't',
      runId: null,
      invocationId: null,
      person: await world.pseudonymOf('dave'),
      status: 'in_force',
    });
    expect(record.id).toBe(boundDelegationId(entry!, entry!.nonce));
  });

  it('gives a right only to one who names it, in every process that shares the store, until its task ends', async () => {
    const { id } = await from(ALICE, BOB, ['write']);
    for (const trust of [world.trust, world.elsewhere()]) {
      expect(await may(BOB, 'write', { delegationId: id }, trust)).toBe(true);
      expect(await may(BOB, 'write', {}, trust)).toBe(false);
    }
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    for (const trust of [world.trust, world.elsewhere()])
      expect(await may(BOB, 'write', { delegationId: id }, trust)).toBe(false);
  });

  it('is not found by its task, which any caller can name', async () => {
    await from(ALICE, BOB, ['write']);
    for (const more of [{ taskId: 't' }, { runId: 'run-1' }])
      await expect(may(BOB, 'write', more)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('has another id each time, also for the same task, agents and person', async () => {
    const made = await Promise.all(
      Array.from({ length: 4 }, () => from(ALICE, BOB, ['write'], { humanOrigin: human('dave') })),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(4);
  });

  it('made by a run ends with its run and not with endTask', async () => {
    const record = world.forgeDelegation(
      { taskId: 't', capabilitiesDelegated: ['write'], constraintSubset: ['eu'] },
      { runId: 'run-1' },
    );
    const delegationId = await world.enter(record);
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    expect(await may(BOB, 'write', { delegationId })).toBe(true);
    await world.store.commit([{ op: 'close_delegations', runId: 'run-1' }]);
    expect(await may(BOB, 'write', { delegationId })).toBe(false);
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
  it('follows from the one that the delegator names, and inherits its limits', async () => {
    const first = await from(ALICE, BOB, ['read_x'], {
      additionalConstraints: ['slow'],
      expiresAt: minutes(10),
    });
    const second = await from(BOB, CAROL, ['read_x'], {
      expiresAt: minutes(30),
      parentDelegationId: first.id,
    });
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

  it('cannot give what was not given, nor what the delegator owns besides it', async () => {
    const { id: parentDelegationId } = await from(ALICE, BOB, ['read_x']);
    expect(await failure(from(BOB, CAROL, ['read_y'], { parentDelegationId }))).toMatchObject({
      code: 'CAPABILITY_NOT_HELD',
      expected: 'one of read_x',
    });
    expect(await failure(from(BOB, CAROL, ['bake'], { parentDelegationId }))).toMatchObject({
      code: 'CAPABILITY_NOT_HELD',
    });
  });

  it.each([[{}], [{ parentDelegationId: null }], [{ taskId: 'other' }]])(
    'is by the delegator’s own right where none is named: %j',
    async (more) => {
      await from(ALICE, BOB, ['read_x']);
      expect(await from(BOB, CAROL, ['bake'], more)).toMatchObject({
        delegationDepth: 1,
        parentDelegationId: null,
      });
      expect(await failure(from(BOB, CAROL, ['read_x'], more))).toMatchObject({
        code: 'CAPABILITY_NOT_HELD',
      });
    },
  );

  it('is for the same task, for the same person, and outside runs like the one above', async () => {
    const refusal = async (parentDelegationId: string, more: Partial<DelegateRequest> = {}) =>
      (await failure(from(BOB, CAROL, ['write'], { parentDelegationId, ...more }))) as EatpError;
    const because = (reason: string) => ({
      code: 'DELEGATION_REFUSED',
      received: `DELEGATION_MISMATCH (${reason})`,
    });
    const { id } = await from(ALICE, BOB, ['write']);
    expect(await refusal(id, { taskId: 'u' })).toMatchObject(because(`delegation ${id} is for task t`));
    expect(await refusal(id, { humanOrigin: human('dave') })).toMatchObject(
      because(`delegation ${id} was made for another person`),
    );
    const forDave = await from(ALICE, BOB, ['write'], { humanOrigin: human('dave') });
    for (const humanOrigin of [undefined, human('erin')])
      expect(await refusal(forDave.id, humanOrigin && { humanOrigin })).toMatchObject(
        because(`delegation ${forDave.id} was made for another person`),
      );
    const content = { taskId: 't', capabilitiesDelegated: ['write'], constraintSubset: ['eu'] };
    const ofRun = await world.enter(world.forgeDelegation(content, { runId: 'run-1' }));
    expect(await refusal(ofRun)).toMatchObject(because(`delegation ${ofRun} is of another run`));
    const ofCall = await world.enter(world.forgeDelegation(content, { invocationId: 'call-1' }));
    expect(await refusal(ofCall)).toMatchObject(
      because(`delegation ${ofCall} was made in another invocation`),
    );
    await expect(
      from(BOB, CAROL, ['write'], { parentDelegationId: forDave.id, humanOrigin: human('dave') }),
    ).resolves.toMatchObject({ delegationDepth: 2 });
  });

  it('of execute keeps the delegatee’s own job within what the one above names', async () => {
    await world.establish(MALLORY, ['read_x', 'brew']);
    const first = await from(ALICE, BOB, ['read_x']);
    const { id } = await from(BOB, MALLORY, ['execute'], { parentDelegationId: first.id });
    expect(await may(MALLORY, 'read_x', { delegationId: id })).toBe(true);
    expect(await may(MALLORY, 'brew', { delegationId: id })).toBe(false);
    expect(await may(MALLORY, 'brew')).toBe(true);
  });

  it('ends with the one above, by whatever it ends', async () => {
    const first = await from(ALICE, BOB, ['read_x']);
    const second = await from(BOB, CAROL, ['read_x'], { parentDelegationId: first.id });
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
    const first = await from(MALLORY, BOB, ['temp']);
    const { id } = await from(BOB, CAROL, ['temp'], { parentDelegationId: first.id });
    expect(await may(CAROL, 'temp', { delegationId: id })).toBe(true);
    await world.trust.revoke({ agentId: MALLORY, reason: 'left' });
    await world.trust.reinstate({ agentId: MALLORY, reason: 'came back' });
    await world.establish(MALLORY, ['other']);
    expect(await may(CAROL, 'temp', { delegationId: id })).toBe(false);
  });
});
