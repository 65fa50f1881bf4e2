import { InMemoryKeyManager, receiptOf, TrustOperations } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it } from 'vitest';
import { ALICE, World } from '../runtime/world.js';
import { issued } from './receipts.js';

const caught = (running: Promise<unknown>) =>
  running.then(undefined, (error: unknown) => error as { code: string });

async function pinsOf(world: World) {
  return { authorities: { [world.authority.id]: world.authority.publicKey } };
}

describe('receiptOf makes a valid receipt', () => {
  it('in another process, which has the keys', async () => {
    const { world, result } = await issued();
    const elsewhere = new TrustOperations({ store: world.store, keyManager: world.keyManager });
    const receipt = await receiptOf(elsewhere, result.runId);
    expect(await verifyReceipt(receipt, await pinsOf(world))).toMatchObject({
      verdict: 'valid',
      problems: [],
    });
    expect(JSON.parse(receipt.text).signer_authority_id).toBe(world.authority.id);
  });

  it('in a process without any key, which cannot sign the whole', async () => {
    const { world, result } = await issued();
    const auditor = new TrustOperations({ store: world.store, keyManager: new InMemoryKeyManager() });
    const receipt = await receiptOf(auditor, result.runId);
    expect(JSON.parse(receipt.text)).toMatchObject({ signer_authority_id: null, signature: null });
    expect(await verifyReceipt(receipt, await pinsOf(world))).toMatchObject({
      verdict: 'valid',
      problems: [],
    });
  });

  it('after the agents were attested again and revoked, and the authority was deactivated', async () => {
    const { world, result } = await issued();
    world.clock.move(60_000);
    for (const agentId of ['agent-alice', 'agent-bob'])
      await world.trust.reattest({ agentId, capabilities: ['pay'] });
    world.clock.move(60_000);
    await world.trust.revoke({ agentId: 'agent-alice', reason: 'left' });
    await world.trust.setAuthorityActive(world.authority.id, false);
    const receipt = await receiptOf(world.trust, result.runId);
    expect(await verifyReceipt(receipt, await pinsOf(world))).toMatchObject({
      verdict: 'valid',
      problems: [],
    });
  });

  it('of a run that failed, and of one that was cancelled', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', () => {
      throw new Error('no');
    });
    await caught(world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), { runId: 'run-failed' }));
    const bob = await world.agent('bob', () => new Promise(() => undefined));
    const { cancel, result } = world.start([bob], ({ agents: [b], invoke }) => invoke(b!, 1), {
      runId: 'run-cancelled',
    });
    setTimeout(() => cancel(), 20);
    await caught(result);
    for (const runId of ['run-failed', 'run-cancelled']) {
      const receipt = await receiptOf(world.trust, runId);
      expect(await verifyReceipt(receipt, await pinsOf(world)), runId).toMatchObject({
        verdict: 'valid',
        problems: [],
      });
    }
  });

  it('with the person as the store discloses it, and without it after the disclosure was erased', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const { runId } = await world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), {
      humanOrigin: ALICE,
    });
    const before = await receiptOf(world.trust, runId);
    expect(before.text).toContain('alice@acme.example');
    const [digest] = JSON.parse(before.text).disclosures.map((one: { digest: string }) => one.digest);
    const [disclosure] = await world.store.readDisclosures([digest]);
    await world.store.commit([{ op: 'erase_person', person: disclosure!.person }]);
    const after = await receiptOf(world.trust, runId);
    expect(after.text).not.toContain('alice@acme.example');
    for (const receipt of [before, after])
      expect((await verifyReceipt(receipt, await pinsOf(world))).verdict).toBe('valid');
  });
});

it.each(['run-never', 'run-open'])('receiptOf refuses %s, which has not ended', async (runId) => {
  const { world, result } = await issued();
  const head = (await world.store.readTrail(result.runId))[0]!;
  if (runId === 'run-open')
    await world.store.commit([{ op: 'append_anchor', entry: { ...head, trailId: runId } }]);
  expect(await caught(receiptOf(world.trust, runId))).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

describe('verifyReceipt', () => {
  it('names for each anchor the authority that signed it', async () => {
    const { world, receipt, pinned } = await issued();
    const { signedBy, anchors } = await verifyReceipt(receipt, { authorities: pinned });
    expect(signedBy).toEqual(anchors.map(() => world.authority.id));
  });

  it('refuses a trusted authority that speaks for an agent outside its namespaces', async () => {
    const { world, receipt } = await issued();
    const { id, publicKey } = world.authority;
    const pinned = (namespaces: readonly string[]) => ({ authorities: { [id]: { publicKey, namespaces } } });
    expect((await verifyReceipt(receipt, pinned(['agent-*']))).verdict).toBe('valid');
    const { verdict, problems } = await verifyReceipt(receipt, pinned(['agent-alice', 'agent-b*']));
    expect(verdict).toBe('invalid');
    expect(problems).toMatchObject([{ code: 'AGENT_OUTSIDE_NAMESPACES' }]);
  });
});
