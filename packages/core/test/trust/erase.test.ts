import { receiptOf, TrustAwareOrchestrationRuntime, TrustedAgent } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { sequential } from '@kaizen-eatp/patterns';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, failure, human, World } from './world.js';

/** The ids of people as receipts disclose them: in JSON, within JSON. */
const DAVE = '\\"dave\\"';
const ERIN = '\\"erin\\"';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read']);
  await world.establish(BOB, ['read']);
});

function runtimeOf(trust = world.trust): TrustAwareOrchestrationRuntime {
  const [alice, bob] = ['alice', 'bob'].map(
    (name) => new TrustedAgent({ name, trust, agent: (x: unknown) => x }),
  );
  return new TrustAwareOrchestrationRuntime({
    agents: { alice, bob },
    trust,
    patterns: [sequential],
  } as never);
}

const runFor = async (humanId: string, runtime = runtimeOf()): Promise<string> =>
  (await runtime.execute('x', { pattern: 'sequential', humanOrigin: human(humanId) })).runId;

const kinds = async (): Promise<string[]> =>
  (await world.store.readStatements()).map(({ text }) => JSON.parse(text).kind);

const verdictOf = async (receipt: Awaited<ReturnType<typeof receiptOf>>) =>
  (await verifyReceipt(receipt, { authorities: { 'org-acme': world.acme.publicKey } })).verdict;

describe('erase', () => {
  it('removes the data of one person, and keeps every trail and receipt valid', async () => {
    const [daves, erins] = [await runFor('dave'), await runFor('erin')];
    const before = await receiptOf(world.trust, daves);
    expect(before.text).toContain(DAVE);
    const person = await world.pseudonymOf('dave');
    expect(await world.trust.erase('dave')).toEqual({ person, disclosures: 1, runs: 0 });
    const after = await receiptOf(world.trust, daves);
    expect(after.text).not.toContain(DAVE);
    expect(after.text).toContain(person);
    expect((await receiptOf(world.trust, erins)).text).toContain(ERIN);
    for (const runId of [daves, erins])
      expect(await world.trust.verifyTrail(runId), runId).toMatchObject({ state: 'ended', valid: true });
    for (const receipt of [before, after]) expect(await verdictOf(receipt)).toBe('valid');
  });

  it('is a signed statement, which is made again only if something was added since', async () => {
    await runFor('dave');
    await world.trust.erase('dave');
    const stated = await kinds();
    expect(stated.filter((kind) => kind === 'person_erased')).toHaveLength(1);
    expect(await world.elsewhere().erase('dave')).toMatchObject({ disclosures: 0, runs: 0 });
    expect(await kinds()).toEqual(stated);
    await runFor('dave');
    expect(await world.trust.erase('dave')).toMatchObject({ disclosures: 1 });
    expect(await kinds()).toEqual([...stated, 'person_erased']);
  });

  it('leaves checkpoints from before and after consistent, which report an erasure that nobody stated', async () => {
    await runFor('dave');
    await runFor('erin');
    const before = await world.trust.checkpoint();
    await world.trust.erase('dave');
    const after = await world.trust.checkpoint();
    for (const { note } of [before, after]) {
      expect(await world.trust.verifyCheckpoint(note)).toMatchObject({ consistent: true, findings: [] });
      expect(note).not.toContain('dave');
    }
    expect(after.leaves.map((leaf) => JSON.parse(leaf).kind)).toContain('erasure');
    await world.store.commit([{ op: 'erase_person', person: await world.pseudonymOf('erin') }]);
    for (const { note } of [before, after])
      expect((await world.trust.verifyCheckpoint(note)).findings).toMatchObject([
        { code: expect.stringContaining('DISCLOSURE') },
      ]);
  });

  it('is stated for a person of whom nothing is stored, who may be in a backup', async () => {
    expect(await world.trust.erase('nobody')).toMatchObject({ disclosures: 0, runs: 0 });
    expect((await kinds()).at(-1)).toBe('person_erased');
  });

  it('leaves the revocation of the person in force', async () => {
    await runFor('dave');
    await world.trust.revoke({ humanId: 'dave', reason: 'left the firm' });
    await world.trust.erase('dave');
    for (const trust of [world.trust, world.elsewhere()])
      expect(await failure(runFor('dave', runtimeOf(trust)))).toMatchObject({ code: 'VERIFICATION_DENIED' });
    const person = await world.pseudonymOf('dave');
    expect(await world.store.readRevocations('person', [person])).toHaveLength(1);
  });

  it('is refused as a whole in a process without the key of an authority', async () => {
    await runFor('dave');
    const keyManager = {
      generateKey: (keyId: string) => world.keys.generateKey(keyId),
      publicKey: async (keyId: string) =>
        keyId === 'key-org-acme' ? undefined : world.keys.publicKey(keyId),
      sign: (text: string, keyId: string) => world.keys.sign(text, keyId),
    };
    const stranger = world.elsewhere({ keyManager, roots: world.roots });
    expect(await failure(stranger.erase('dave'))).toMatchObject({ code: 'KEY_NOT_FOUND' });
    const person = await world.pseudonymOf('dave');
    expect(await world.store.countPersonalData(person)).toEqual({ disclosures: 1, runs: 0 });
  });

  it('goes on beside runs of the same person in other processes, and counts together with them', async () => {
    const runtime = runtimeOf(world.elsewhere());
    const runs = Promise.all(Array.from({ length: 8 }, () => runFor('dave', runtime)));
    const erasures = await Promise.all(
      Array.from({ length: 4 }, (_, i) => (i % 2 ? world.trust : world.elsewhere()).erase('dave')),
    );
    const runIds = await runs;
    const last = await world.trust.erase('dave');
    expect(last.disclosures).toBeLessThanOrEqual(8);
    expect(erasures).toHaveLength(4);
    expect(await world.store.countPersonalData(last.person)).toEqual({ disclosures: 0, runs: 0 });
    for (const runId of runIds) {
      expect(await world.trust.verifyTrail(runId)).toMatchObject({ state: 'ended', valid: true });
      const receipt = await receiptOf(world.trust, runId);
      expect(receipt.text).not.toContain(DAVE);
      expect(await verdictOf(receipt)).toBe('valid');
    }
  });

  it.each([undefined, '', 5, {}])('refuses %j as a person', async (humanId) => {
    expect(await failure(world.trust.erase(humanId as string))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
