import type { DelegationRecord } from '@kaizen-eatp/core';
import { boundDelegationId, parseJson, TrustLineageChain, writeJson } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { deploymentOf } from '../../src/trust/deployment-of.js';
import { commitStatements } from '../../src/trust/statements/append-statements.js';
import { ALICE, accepted, BOB, CAROL, type Editable, failure, human, MALLORY, World } from './world.js';

let world: World;
let dave: string;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read', 'write'], ['eu']);
  await world.establish(BOB, ['bake']);
  await world.establish(CAROL, ['cook']);
  dave = await world.pseudonymOf('dave');
});

const give = (delegateeId: string, more: object = {}): Promise<DelegationRecord> =>
  accepted(world.trust, {
    delegatorId: ALICE,
    delegateeId,
    taskId: 't',
    capabilities: ['write'],
    humanOrigin: human('dave'),
    lasting: true,
    ...more,
  });
const may = async (agentId: string, action: string, on = world) =>
  (await on.trust.verify({ agentId, action })).valid;
const denialOf = async (agentId: string, action = 'write', on = world) =>
  (await on.trust.verify({ agentId, action })).denial;

/** Another store that the same keys and authorities are used with. */
async function otherStore(): Promise<World> {
  const other = new World({ keyManager: world.keys });
  await other.trust.registerAuthority(world.acme);
  for (const agentId of [ALICE, BOB]) await other.trust.importChain(await world.trust.exportChain(agentId));
  return other;
}

describe('a lasting delegation for a person', () => {
  it('carries the pseudonym and the nonce that its id is a digest of, and nothing plain', async () => {
    const { id, unknownFields } = await give(BOB);
    const { nonce } = unknownFields as { nonce: string };
    expect(unknownFields).toEqual({ person: dave, nonce });
    expect(id).toBe(boundDelegationId({ runId: null, invocationId: null, person: dave }, nonce));
    const { text } = await world.stored(BOB);
    expect(TrustLineageChain.parse(text).delegations[0]?.unknownFields).toEqual(unknownFields);
    expect(text).not.toContain('dave');
  });

  it('has an ordinary id without a person, since the reference drops such fields', async () => {
    const { id, unknownFields } = await give(BOB, { humanOrigin: undefined });
    expect(id).toMatch(/^del-[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(unknownFields).toBeUndefined();
    expect(await may(BOB, 'write')).toBe(true);
  });

  it('ends when the person is revoked; those for another person or for none stay in force', async () => {
    const made = [await give(BOB), await give(MALLORY)];
    const kept = [
      await give(CAROL, { humanOrigin: human('erin') }),
      await give(CAROL, { humanOrigin: undefined, capabilities: ['read'] }),
    ];
    const report = await world.trust.revoke({ humanId: 'dave', reason: 'left' });
    expect([...report.delegations].sort()).toEqual(made.map(({ id }) => id).sort());
    expect(report.agents).toEqual([MALLORY]);
    expect(await may(BOB, 'write')).toBe(false);
    expect(await may(BOB, 'bake')).toBe(true);
    expect((await world.trust.getChain(BOB))?.delegations).toEqual([]);
    expect(await denialOf(MALLORY)).toMatchObject({ code: 'REVOKED' });
    expect((await world.trust.getChain(CAROL))?.delegations).toEqual(kept);
    for (const action of ['read', 'write']) expect(await may(CAROL, action)).toBe(true);
  });

  it('ends in another store that its chain was imported into, if that one has the same keys', async () => {
    const { id } = await give(BOB);
    const other = await otherStore();
    expect(await may(BOB, 'write', other)).toBe(true);
    expect(await other.trust.revoke({ humanId: 'dave', reason: 'left' })).toEqual({
      agents: [],
      delegations: [id],
    });
    expect(await may(BOB, 'write', other)).toBe(false);
    expect(await may(BOB, 'bake', other)).toBe(true);
  });

  it('does not come back with an older chain, imported or written straight into the store', async () => {
    await give(BOB);
    const older = await world.trust.exportChain(BOB);
    await world.trust.revoke({ humanId: 'dave', reason: 'left' });
    expect(await failure(world.trust.importChain(older, { overwrite: true }))).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { denial: { code: 'DELEGATION_NOT_IN_FORCE' } },
    });
    await world.overwrite(BOB, older);
    for (const trust of [world.trust, world.elsewhere()])
      expect((await trust.verify({ agentId: BOB, action: 'write' })).valid).toBe(false);
  });

  it('gives nothing any more from the moment at which the person is revoked, before any chain is changed', async () => {
    await give(BOB);
    const { state } = deploymentOf(world.trust).statements;
    const chain = await world.stored(BOB);
    const { signingKeyId, id, publicKey } = world.acme;
    await commitStatements(deploymentOf(world.trust), () => ({
      drafts: [{ kind: 'person_revoked', body: { person: dave, reason: 'left' } }],
      signer: { id, publicKey, signingKeyId },
    }));
    expect(state.revokedPerson(dave)).toMatchObject({ reason: 'left' });
    expect(await world.stored(BOB)).toEqual(chain);
    expect(await denialOf(BOB)).toEqual({
      code: 'REVOKED',
      reason: `everything that came from ${dave} is revoked: left`,
      evidence: { agentId: BOB },
    });
  });

  it.each<[string, (delegation: Editable) => void]>([
    ['without the person', (delegation) => delete delegation.person],
    ['without the nonce', (delegation) => delete delegation.nonce],
    ['for no person', (delegation) => (delegation.person = null)],
    ['for another person', (delegation) => (delegation.person = 'person-1')],
    ['with another nonce', (delegation) => (delegation.nonce += 'x')],
    ['with a nonce that is no string', (delegation) => (delegation.nonce = 5)],
    ['as if it were of a run', (delegation) => (delegation.run_id = 'run-1')],
  ])('is refused in a stored chain %s, which would hide it from a revocation', async (_what, edit) => {
    const { id } = await give(BOB);
    await world.tamper(BOB, (wire) => edit(wire.delegations[0]));
    expect(await denialOf(BOB)).toMatchObject({
      code: 'DELEGATION_MISMATCH',
      reason: `delegation ${id} does not say what it was made for`,
      evidence: { agentId: BOB, delegationId: id },
    });
    const text = (await world.stored(BOB)).text;
    const other = new World();
    await other.trust.registerAuthority(world.acme);
    expect(await failure(other.trust.importChain(text))).toMatchObject({ code: 'CHAIN_INVALID' });
  });
});

describe('a revoked lasting delegation', () => {
  it('does not come back with an older chain, imported or written straight into the store', async () => {
    const { id } = await give(BOB, { humanOrigin: undefined });
    const older = await world.trust.exportChain(BOB);
    await world.trust.revoke({ delegationId: id, reason: 'enough' });
    expect(await may(BOB, 'bake')).toBe(true);
    const denial = {
      code: 'DELEGATION_NOT_IN_FORCE',
      reason: `delegation ${id} is revoked: enough`,
      evidence: { delegationId: id },
    };
    expect(await failure(world.trust.importChain(older, { overwrite: true }))).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { denial },
    });
    await world.overwrite(BOB, older);
    // It was superseded, too, so that nothing in it counts any more.
    expect(await denialOf(BOB)).toMatchObject({ code: 'REVOKED' });
  });

  it('is not removed from a chain whose signatures are invalid: to sign it would make what was changed valid', async () => {
    const { id } = await give(BOB);
    await world.trust.reattest({
      agentId: BOB,
      capabilities: [{ capability: 'bake', constraints: ['slow'] }],
    });
    // Another process with access to the store removes a constraint.
    const wire: Editable = parseJson((await world.stored(BOB)).text);
    wire.constraint_envelope.active_constraints = [];
    wire.capabilities = wire.capabilities.filter((c: Editable) => c.capability !== 'execute');
    const tampered = writeJson(wire);
    await world.overwrite(BOB, tampered);
    expect(await denialOf(BOB, 'bake')).toMatchObject({ code: 'CHAIN_STATE_SIGNATURE_INVALID' });
    expect(await world.trust.revoke({ humanId: 'dave', reason: 'left' })).toMatchObject({
      delegations: [id],
    });
    expect((await world.stored(BOB)).text).toBe(tampered);
    expect(await denialOf(BOB, 'bake')).toMatchObject({ code: 'CHAIN_STATE_SIGNATURE_INVALID' });
  });
});

describe('a delegation of a run, folded into an exported chain', () => {
  it('says in which run it was made, and gives nothing where the chain is imported', async () => {
    const content = { capabilitiesDelegated: ['write'], constraintSubset: ['eu'] };
    const id = await world.enter(
      world.forgeDelegation(content, { runId: 'run-1', invocationId: 'run-1/1', person: dave }),
    );
    const text = await world.trust.exportChain(BOB, { taskId: 'task-1' });
    expect(TrustLineageChain.parse(text).delegations).toMatchObject([
      { id, unknownFields: { run_id: 'run-1', invocation_id: 'run-1/1', person: dave } },
    ]);
    const denial = {
      code: 'DELEGATION_MISMATCH',
      reason: `delegation ${id} was made in a run or invocation, and ended with it`,
    };
    expect(await failure(world.trust.importChain(text, { overwrite: true }))).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { denial },
    });
    await world.overwrite(BOB, text);
    expect(await denialOf(BOB)).toMatchObject(denial);
  });
});
