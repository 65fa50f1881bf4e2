import { type DelegationRecord, TrustAwareOrchestrationRuntime, TrustedAgent } from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, failure, human, minutes, World } from './world.js';

let world: World;
let bob: TrustedAgent;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read', 'write']);
  await world.establish(BOB, ['bake']);
  bob = new TrustedAgent({ name: 'bob', trust: world.trust, agent: () => 'done' });
});

/** Expects that an agent cannot receive a delegation outside runs, or act or delegate under it. */
async function expectUseless(record: DelegationRecord, reason: string): Promise<void> {
  expect(await failure(bob.receiveDelegation(record))).toMatchObject({
    code: 'DELEGATION_FORGED',
    message: expect.stringContaining(`delegation ${record.id} ${reason}`),
    evidence: { delegationId: record.id, denial: { code: 'DELEGATION_MISMATCH' } },
  });
  for (const humanOrigin of [undefined, human('dave')]) {
    const options = { delegation: record, action: 'read', ...(humanOrigin && { humanOrigin }) };
    expect(await failure(bob.run('x', options))).toMatchObject({
      code: 'VERIFICATION_DENIED',
      denial: { code: 'DELEGATION_MISMATCH' },
    });
  }
  expect(
    await failure(
      world.trust.delegate({
        delegatorId: BOB,
        delegateeId: ALICE,
        taskId: record.taskId,
        capabilities: ['read'],
        parentDelegationId: record.id,
      }),
    ),
  ).toMatchObject({ code: 'DELEGATION_REFUSED' });
}

describe('a delegation that an agent receives outside the run or invocation in which it was made', () => {
  it('by the pattern of a run is refused, and useless, once the run has ended', async () => {
    const alice = new TrustedAgent({ name: 'alice', trust: world.trust, agent: (x: unknown) => x });
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice, bob },
      trust: world.trust,
      patterns: [sequential],
    });
    const result = await runtime.execute('x', { pattern: 'sequential', humanOrigin: human('dave') });
    const record = result.delegations.find(({ delegateeId }) => delegateeId === BOB) as DelegationRecord;
    expect(record).toBeDefined();
    expect(await failure(bob.receiveDelegation(record))).toMatchObject({ code: 'DELEGATION_FORGED' });
    expect(await failure(bob.run('x', { delegation: record, action: 'read' }))).toMatchObject({
      code: 'VERIFICATION_DENIED',
    });
  });

  it('of a run that is in progress is refused and useless', async () => {
    const person = await world.pseudonymOf('dave');
    const forRun = world.forgeDelegation({}, { runId: 'run-1', person });
    await world.enter(forRun);
    await expectUseless(forRun, 'is of another run');
    const inInvocation = world.forgeDelegation({}, { runId: 'run-1', invocationId: 'run-1/1' });
    await world.enter(inInvocation);
    await expectUseless(inInvocation, 'is of another run');
  });

  it('of an invocation outside runs is refused and useless', async () => {
    const record = world.forgeDelegation({}, { invocationId: 'call-1' });
    await world.enter(record);
    await expectUseless(record, 'was made in another invocation');
  });
});

it('a delegation made outside runs is accepted, and used for its person only', async () => {
  const made = (more: object) =>
    world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read'],
      ...more,
    });
  const forDave = await made({ humanOrigin: human('dave') });
  await bob.receiveDelegation(forDave);
  expect(await bob.run('x', { delegation: forDave, humanOrigin: human('dave') })).toBe('done');
  for (const more of [{}, { humanOrigin: human('erin') }])
    expect(await failure(bob.run('x', { delegation: forDave, ...more }))).toMatchObject({
      code: 'VERIFICATION_DENIED',
      denial: { code: 'DELEGATION_MISMATCH', reason: `delegation ${forDave.id} was made for another person` },
    });
  const forNobody = await made({});
  await bob.receiveDelegation(forNobody);
  expect(await bob.run('x', { delegation: forNobody })).toBe('done');
});

describe('a lasting delegation that an agent receives', () => {
  it('is accepted until it expires, and refused from then on', async () => {
    const record = await world.trust.delegate({
      ...{ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['read'], lasting: true },
      expiresAt: minutes(5),
    });
    await expect(bob.receiveDelegation(record)).resolves.toBeUndefined();
    world.later(6);
    expect(await failure(bob.receiveDelegation(record))).toMatchObject({
      code: 'DELEGATION_FORGED',
      message: expect.stringContaining('it has expired'),
    });
  });
});
