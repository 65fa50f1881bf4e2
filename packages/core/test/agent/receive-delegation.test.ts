import type { DelegationRecord, TrustedAgent } from '@kaizen-eatp/core';
import { delegationCodec } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { boundDelegationId } from '../../src/chain/delegation-binding.js';
import { ALICE, rejection, World } from '../runtime/world.js';

let world: World;
let alice: TrustedAgent;
let bob: TrustedAgent;
let mallory: TrustedAgent;

beforeEach(async () => {
  world = await World.make();
  const capabilities = ['read_mail', 'send_mail'];
  alice = await world.agent('alice', undefined, { capabilities, constraints: ['read_only'] });
  bob = await world.agent('bob');
  mallory = await world.agent('mallory', undefined, { capabilities });
});

const delegated = (more: object = {}): Promise<DelegationRecord> =>
  world.trust.delegate({
    delegatorId: alice.id,
    delegateeId: bob.id,
    taskId: 'task-1',
    capabilities: ['read_mail'],
    expiresAt: new Date(world.clock.time + 60_000),
    humanOrigin: ALICE,
    ...more,
  });

const forgeries: [keyof DelegationRecord, unknown][] = [
  ['id', 'del-other'],
  ['delegatorId', 'agent-mallory'],
  ['delegateeId', 'agent-mallory'],
  ['taskId', 'task-2'],
  ['capabilitiesDelegated', ['read_mail', 'send_mail']],
  ['constraintSubset', []],
  ['delegatedAt', '2026-03-02T09:00:00+00:00'],
  ['expiresAt', '2036-03-02T09:00:00+00:00'],
  ['expiresAt', null],
  ['parentDelegationId', 'del-other'],
  ['dimensionScope', ['financial']],
  ['signingPayloadVersion', 'v3-complete'],
  ['delegationChain', ['agent-mallory', 'agent-bob']],
  ['delegationDepth', 0],
  ['humanOrigin', { ...ALICE, humanId: 'mallory@evil.example' }],
  ['humanOrigin', null],
  ['reasoningTraceHash', '0'.repeat(64)],
  ['reasoningSignature', 'AAAA'],
  ['signature', `${'A'.repeat(86)}==`],
  ['signature', null],
];

describe('receiveDelegation', () => {
  it('accepts what was delegated, as the record or as it was after a journey', async () => {
    const record = await delegated();
    await bob.receiveDelegation(record);
    await bob.receiveDelegation(delegationCodec.decodeText(delegationCodec.encodeText(record)));
  });

  it.each(forgeries)('refuses a record whose %s was changed to %j', async (field, value) => {
    const record = await delegated();
    const forged = { ...record, [field]: value } as DelegationRecord;
    const error = await rejection(bob.receiveDelegation(forged));
    expect(error.code).toBe(field === 'id' ? 'DELEGATION_NOT_FOUND' : 'DELEGATION_FORGED');
    expect(error.evidence).toMatchObject({ delegationId: forged.id });
  });

  it("refuses another agent's", async () => {
    const record = await delegated();
    expect(await rejection(mallory.receiveDelegation(record))).toMatchObject({
      code: 'DELEGATION_FORGED',
      message: expect.stringContaining('it is for agent-bob, not for agent-mallory'),
    });
  });

  it('refuses one that is over: expired, closed, revoked', async () => {
    const closed = await delegated();
    await world.trust.endTask({ taskId: 'task-1', delegatorId: alice.id });
    expect((await rejection(bob.receiveDelegation(closed))).code).toBe('DELEGATION_FORGED');
    const revoked = await delegated({ taskId: 'task-2' });
    await world.trust.revoke({ delegationId: revoked.id, reason: 'x' });
    expect((await rejection(bob.receiveDelegation(revoked))).code).toBe('DELEGATION_FORGED');
    const expired = await delegated({ taskId: 'task-3' });
    world.clock.move(120_000);
    expect((await rejection(bob.receiveDelegation(expired))).code).toBe('DELEGATION_FORGED');
  });

  it('refuses one whose delegator is no longer trusted', async () => {
    const record = await delegated();
    await world.trust.revoke({ agentId: alice.id, reason: 'x', cascade: false });
    expect((await rejection(bob.receiveDelegation(record))).code).toBe('DELEGATION_FORGED');
  });

  it.each([[undefined], [null], [{}], ['del-1']])('refuses what is no record: %j', async (record) => {
    const error = await rejection(Promise.resolve().then(() => bob.receiveDelegation(record as never)));
    expect(error.code).toMatch(/^(INVALID_ARGUMENT|MALFORMED_RECORD|DELEGATION_FORGED)$/);
  });

  it('accepts a lasting one, and refuses it changed', async () => {
    const lasting = await alice.delegateTo(bob, { capabilities: ['read_mail'], lasting: true });
    await bob.receiveDelegation(lasting);
    const forged = { ...lasting, capabilitiesDelegated: ['send_mail'] };
    expect((await rejection(bob.receiveDelegation(forged))).code).toBe('DELEGATION_FORGED');
  });
});

describe('a delegation that was written straight into the store gives nothing', () => {
  const unbound = { runId: null, invocationId: null, person: null };

  const write = async (record: DelegationRecord, entry: object = {}): Promise<void> =>
    world.store.commit([
      {
        op: 'add_delegation',
        entry: {
          delegationId: record.id,
          taskId: record.taskId,
          runId: null,
          delegatorId: record.delegatorId,
          delegateeId: record.delegateeId,
          parentDelegationId: record.parentDelegationId ?? null,
          person: null,
          invocationId: null,
          nonce: 'nonce',
          text: delegationCodec.encodeText(record),
          status: 'in_force',
          ...entry,
        },
      },
    ]);

  const attempt = async (record: DelegationRecord) => {
    const action = record.capabilitiesDelegated[0] as string;
    const { taskId, id: delegationId } = record;
    const acting = await world.trust.verify({ agentId: record.delegateeId, action, delegationId });
    expect(acting.valid).toBe(false);
    expect((await rejection(bob.receiveDelegation(record))).code).toBe('DELEGATION_FORGED');
    for (const options of [{ delegation: record }, { delegation: delegationId }, { taskId }])
      expect((await rejection(bob.run(1, { ...options, action }))).code).toBe('VERIFICATION_DENIED');
    return acting.denial?.code;
  };

  it('without a signature, with another signature, or changed after it was signed', async () => {
    const record = await delegated();
    const forgeries = [
      { taskId: 'task-a', signature: null },
      { taskId: 'task-b' },
      { taskId: 'task-c', capabilitiesDelegated: ['send_mail'] },
    ];
    for (const [i, changes] of forgeries.entries()) {
      // A writer to the store can make an id that fits the entry, but not the signature.
      const nonce = `nonce-${i}`;
      const forged = { ...record, ...changes, id: boundDelegationId(unbound, nonce) };
      await write(forged, { nonce });
      expect(await attempt(forged)).toBe('DELEGATION_SIGNATURE_INVALID');
    }
    const unfitting = { ...record, id: 'del-1', taskId: 'task-d' };
    await write(unfitting);
    expect(await attempt(unfitting)).toBe('DELEGATION_MISMATCH');
  });

  it('signed by mallory with a key of her own', async () => {
    const evil = await World.make();
    await evil.agent('alice', undefined, { capabilities: ['send_mail'] });
    await evil.agent('bob');
    const forged = await evil.trust.delegate({
      delegatorId: alice.id,
      delegateeId: bob.id,
      taskId: 'task-x',
      capabilities: ['send_mail'],
    });
    const [entry] = await evil.store.readDelegationPath(forged.id);
    await write(forged, { nonce: entry!.nonce });
    expect(await attempt(forged)).toBe('DELEGATION_SIGNATURE_INVALID');
  });

  it('under another id, to revive what is over', async () => {
    const record = await delegated({ taskId: 'task-over' });
    await world.trust.endTask({ taskId: 'task-over', delegatorId: alice.id });
    await write(record, { delegationId: 'del-copy' });
    const { denial } = await world.trust.verify({
      agentId: bob.id,
      action: 'read_mail',
      delegationId: 'del-copy',
    });
    expect(denial?.code).toBe('DELEGATION_MISMATCH');
  });

  it('for another task', async () => {
    const record = await delegated();
    await write(record, { delegationId: 'del-copy', taskId: 'task-other' });
    const { denial } = await world.trust.verify({
      agentId: bob.id,
      action: 'read_mail',
      delegationId: 'del-copy',
    });
    expect(denial?.code).toBe('DELEGATION_MISMATCH');
  });

  it('inside a run', async () => {
    const forged = {
      ...(await delegated()),
      id: 'del-x',
      taskId: 'task-x',
      capabilitiesDelegated: ['send_mail'],
    };
    await write(forged, { runId: 'run-x' });
    const error = await rejection(
      world.execute(
        [alice, bob],
        async ({ agents: [a, b], invoke }) => {
          await invoke(a!, 1);
          await invoke(b!, 1, {
            delegation: { id: 'del-x', from: a!, to: b!, capabilities: [], constraints: [] },
          });
        },
        { taskId: 'task-x', runId: 'run-x' },
      ),
    );
    expect(error.code).toBe('DELEGATION_NOT_FOUND');
  });
});
