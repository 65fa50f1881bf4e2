import type { DenialCode, VerificationResult } from '@kaizen-eatp/core';
import { type DelegationBinding, type ReasoningTrace, reasoningTraceHash } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import { deploymentOf } from '../../src/trust/trust-operations.js';
import { verify } from '../../src/trust/verify/verify.js';
import { ALICE, accepted, BOB, CAROL, type Editable, World } from './world.js';

const trace: ReasoningTrace = {
  decision: 'delegate',
  rationale: 'bob has the data',
  confidentiality: 'public',
  timestamp: '2026-01-05T11:00:00+00:00',
};

async function aliceAndBob(options: ConstructorParameters<typeof World>[0] = {}): Promise<World> {
  const world = await World.create(options);
  await world.establish(ALICE, ['read', 'write']);
  await world.establish(BOB, ['read']);
  return world;
}

const read = (world: World, more: object = {}): Promise<VerificationResult> =>
  world.trust.verify({ agentId: BOB, action: 'read', ...more });
const delegated = (world: World, more: object = {}) =>
  accepted(world.trust, {
    delegatorId: ALICE,
    delegateeId: BOB,
    taskId: 'task-1',
    capabilities: ['write'],
    ...more,
  });

describe('verify denies also', () => {
  const denied = async (result: Promise<VerificationResult>, code: DenialCode, reason: string) =>
    expect((await result).denial).toMatchObject({ code, reason });

  it('a chain state that anyone signed again with another key', async () => {
    const world = await aliceAndBob();
    await world.overwrite(
      BOB,
      (await World.create()).forgeChain(BOB, { capabilities: [{ capability: '*' }] }),
    );
    await denied(
      read(world),
      'CHAIN_STATE_SIGNATURE_INVALID',
      'records or constraints were added, removed or changed',
    );
  });

  it('an attestation that was moved from another agent, though the state is signed', async () => {
    const world = await aliceAndBob();
    const { capabilities } = (await world.trust.getChain(ALICE))!;
    const moved = world.forgeChain(BOB, {
      capabilities: capabilities.map(({ id, capability }) => ({ id, capability })),
    });
    const wire = JSON.parse(moved);
    for (const [i, capability] of capabilities.entries())
      wire.capabilities[i].signature = capability.signature;
    await world.overwrite(BOB, JSON.stringify(wire));
    await denied(
      read(world),
      'CAPABILITY_SIGNATURE_INVALID',
      `capability ${capabilities[0]?.id} is not as it was signed`,
    );
  });

  it('a capability of an unknown form, or of an unknown attester', async () => {
    const world = await aliceAndBob();
    await world.overwrite(
      BOB,
      world.forgeChain(BOB, { capabilities: [{ id: 'cap-1', signingPayloadVersion: 'v9' }] }),
    );
    await denied(read(world), 'CAPABILITY_SIGNATURE_INVALID', "capability cap-1 has the unknown form 'v9'");
    await world.overwrite(
      BOB,
      world.forgeChain(BOB, { capabilities: [{ id: 'cap-1', attesterId: 'org-x' }] }),
    );
    await denied(read(world), 'AUTHORITY_UNKNOWN', 'attester org-x of cap-1 is unknown');
  });

  it('a delegation for which the ledger names another run, invocation, person or nonce than it was made for', async () => {
    const world = await aliceAndBob();
    const madeFor = { runId: 'run-1', invocationId: 'run-1/1', person: await world.pseudonymOf('dave') };
    for (const edit of [
      { runId: 'run-2' },
      { runId: null },
      { invocationId: 'run-1/2' },
      { invocationId: null },
      { person: await world.pseudonymOf('erin') },
      { person: null },
      { nonce: 'nonce-9' },
    ]) {
      const delegationId = await world.enter(world.forgeDelegation({}, madeFor), edit);
      await denied(
        read(world, { delegationId }),
        'DELEGATION_MISMATCH',
        `delegation ${delegationId} was made for something else`,
      );
    }
    const delegationId = await world.enter(world.forgeDelegation({}, madeFor));
    expect((await read(world, { delegationId })).valid).toBe(true);
  });

  it('a delegation that the guard uses for another run, invocation or person than it was made for', async () => {
    const world = await aliceAndBob();
    const binding = { runId: 'run-1', invocationId: 'run-1/1', person: await world.pseudonymOf('dave') };
    const delegationId = await world.enter(world.forgeDelegation({}, binding));
    const ask = (given: DelegationBinding) =>
      verify(deploymentOf(world.trust as never), {
        agentId: BOB,
        action: 'read',
        delegationId,
        binding: given,
      });
    expect((await ask(binding)).valid).toBe(true);
    const wrong = async (more: Partial<DelegationBinding>, reason: string) =>
      denied(ask({ ...binding, ...more }), 'DELEGATION_MISMATCH', `delegation ${delegationId} ${reason}`);
    for (const runId of ['run-2', null]) await wrong({ runId }, 'is of another run');
    for (const invocationId of ['run-1/2', null])
      await wrong({ invocationId }, 'was made in another invocation');
    for (const person of [await world.pseudonymOf('erin'), null])
      await wrong({ person }, 'was made for another person');
  });

  it('a delegation that the ledger lists under another id, task or agent than was signed', async () => {
    const world = await aliceAndBob();
    for (const edit of [
      { delegationId: 'del-copy' },
      { taskId: 'task-2' },
      { delegatorId: CAROL },
      { parentDelegationId: 'del-x' },
    ]) {
      const delegationId = await world.enter(world.forgeDelegation({}), edit);
      await denied(
        read(world, { delegationId }),
        'DELEGATION_MISMATCH',
        `the ledger's entry ${delegationId} and its record differ`,
      );
    }
  });

  it('a delegation under one that was made to another agent, or for another task or person', async () => {
    const world = await aliceAndBob();
    await world.establish(CAROL, ['read']);
    const parents = [
      world.forgeDelegation({ delegateeId: CAROL }),
      world.forgeDelegation({ delegatorId: CAROL, delegateeId: ALICE, taskId: 'task-2' }),
      world.forgeDelegation({ delegatorId: CAROL, delegateeId: ALICE }, { person: 'person-1' }),
    ];
    for (const parent of parents) {
      const parentDelegationId = await world.enter(parent);
      const delegationId = await world.enter(world.forgeDelegation({ parentDelegationId }));
      await denied(
        read(world, { delegationId }),
        'DELEGATION_MISMATCH',
        `delegation ${delegationId} was not made under ${parentDelegationId}`,
      );
    }
    const orphan = await world.enter(world.forgeDelegation({ parentDelegationId: 'del-x' }));
    await denied(
      read(world, { delegationId: orphan }),
      'DELEGATION_NOT_FOUND',
      'delegation del-x is not in the ledger',
    );
  });

  it('a delegation in a form that does not sign its task', async () => {
    const world = await aliceAndBob();
    const delegationId = await world.enter(
      world.forgeDelegation({ signingPayloadVersion: 'v2-complete', signature: 'x' }),
    );
    await denied(
      read(world, { delegationId }),
      'DELEGATION_MISMATCH',
      `delegation ${delegationId} does not sign its task`,
    );
  });

  it('a delegation that drops a constraint of its delegator', async () => {
    const world = await World.create();
    await world.establish(ALICE, ['read'], ['read_only', 'audit_required']);
    await world.establish(BOB, []);
    const delegationId = await world.enter(world.forgeDelegation({ constraintSubset: ['READ_ONLY'] }));
    await denied(
      read(world, { delegationId }),
      'DELEGATION_WIDENED',
      `delegation ${delegationId} drops the constraint 'audit_required'`,
    );
  });

  it('a delegation of one who may not delegate', async () => {
    const world = await World.create();
    await world.establish(ALICE, ['read'], ['no_delegation']);
    await world.establish(BOB, []);
    const delegationId = await world.enter(world.forgeDelegation({ constraintSubset: ['no_delegation'] }));
    await denied(
      read(world, { delegationId }),
      'DELEGATION_WIDENED',
      `${ALICE} could not delegate: the delegator is restricted from delegating`,
    );
  });

  it('delegations deeper than allowed, or of execute where that is forbidden', async () => {
    const world = await aliceAndBob();
    const parentDelegationId = await world.enter(
      world.forgeDelegation({ delegatorId: BOB, delegateeId: ALICE }),
    );
    const delegationId = await world.enter(
      world.forgeDelegation({ parentDelegationId, capabilitiesDelegated: ['execute'] }),
    );
    const verifyElsewhere = (options: object) =>
      world.elsewhere(options).verify({ agentId: BOB, action: 'read', delegationId });
    await denied(
      verifyElsewhere({ maxDelegationDepth: 1 }),
      'DELEGATION_MISMATCH',
      'the delegation is 2 deep, beyond 1',
    );
    await denied(
      verifyElsewhere({ strictDelegation: true }),
      'DELEGATION_SCOPE',
      `delegation ${delegationId} names 'execute', which strictDelegation forbids`,
    );
  });

  it('what came from a revoked person, even if the ledger still calls it in force', async () => {
    const world = await aliceAndBob();
    await world.trust.revoke({ humanId: 'dave', reason: 'left the firm' });
    const person = await world.pseudonymOf('dave');
    const delegationId = await world.enter(world.forgeDelegation({}, { person }));
    const reason = `everything that came from ${person} is revoked: left the firm`;
    await denied(read(world, { delegationId }), 'REVOKED', reason);
  });

  it('a lasting delegation whose delegator is unknown or revoked', async () => {
    const world = await aliceAndBob();
    const { id } = await delegated(world, { lasting: true });
    await world.store.commit([{ op: 'deactivate_chain', agentId: ALICE, at: '2026-01-05T12:00:00+00:00' }]);
    await denied(read(world), 'DELEGATOR_NOT_TRUSTED', `delegator ${ALICE} of ${id} has no chain in force`);
  });

  it('a lasting delegation of which the task or a capability was changed', async () => {
    for (const edit of [
      (wire: Editable) => (wire.delegations[0].task_id = 'task-2'),
      (wire: Editable) => wire.delegations[0].capabilities_delegated.push('admin'),
    ]) {
      const world = await aliceAndBob();
      const { id } = await delegated(world, { lasting: true });
      await world.tamper(BOB, edit);
      await denied(read(world), 'DELEGATION_SIGNATURE_INVALID', `delegation ${id} is not as it was signed`);
    }
  });

  it('a reasoning trace whose own signature is not good', async () => {
    const world = await aliceAndBob();
    const delegation = world.forgeDelegation({
      id: 'del-1',
      reasoningTrace: trace,
      reasoningTraceHash: reasoningTraceHash(trace),
      reasoningSignature: world.sign('x'),
    });
    await world.overwrite(BOB, world.forgeChain(BOB, { capabilities: [{}], delegations: [delegation] }));
    await denied(read(world), 'REASONING_INVALID', 'the reasoning signature of del-1 is not valid');
  });

  it('an expiry that is no moment, which must not count as never', async () => {
    const world = await aliceAndBob();
    const never = '2026-13-01T00:00:00+00:00';
    await world.overwrite(BOB, world.forgeChain(BOB, { genesis: { expiresAt: never }, capabilities: [{}] }));
    expect((await read(world)).valid).toBe(false);
    expect((await read(world, { level: 'quick' })).valid).toBe(false);
    const delegationId = await world.enter(world.forgeDelegation({ expiresAt: never }));
    expect((await read(world, { delegationId })).valid).toBe(false);
  });
});
