import { createHash } from 'node:crypto';
import {
  type Authority,
  InMemoryKeyManager,
  receiptOf,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { CHECKPOINT_TRAIL, type CheckpointRecord, readCheckpoint } from '@kaizen-eatp/core/checkpoints';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { authorityCodec, canonicalJson } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { draftAfter, statementEntry } from '../../src/trust/statements/statement.js';
import { gate, never, probe, rejection, World } from '../runtime/world.js';

const MINUTE = 60_000;

/** How many entries the trail of the forged run has. */
const FORGED_ENTRIES = 2;

/**
 * A deployment whose key leaks. `early` ran before, and a checkpoint of another authority covers it. `late` ran before too,
 * and nothing covers it. The thief makes `forged`, dated before the leak. Then the key is revoked, and `after` runs.
 */
class Theft {
  world!: World;
  since!: Date;
  checkpoint!: CheckpointRecord;
  ownCheckpoint!: CheckpointRecord;
  stopped: unknown;
  spanning = '';
  stolen = '';
  readonly runs: Record<'early' | 'late' | 'forged' | 'after', string> = {
    ...{ early: 'run-early', late: 'run-late', forged: 'run-forged', after: 'run-after' },
  };

  static async commit(): Promise<Theft> {
    const theft = new Theft();
    const world = await World.make();
    theft.world = world;
    const { trust, clock } = world;
    await trust.createEnterpriseAuthority({ name: 'Auditor', id: 'org-auditor' });
    theft.stolen = world.authority.publicKey;
    const started = gate();
    const alice = await world.agent('alice', (input) => input);
    const carol = await world.agent('carol', (input) => {
      if (input !== 'hang') return input;
      started.open();
      return never();
    });
    const bob = await world.agent('bob', (input) => input);
    const run = (runId: string) =>
      world.execute(
        [alice, bob],
        async ({ agents: [a, b], delegate, invoke }) => {
          await delegate(a!, b!, { capabilities: ['execute'] });
          return invoke(b!, await invoke(a!, 1));
        },
        { runId },
      );
    await run(theft.runs.early);
    const spanning = world.start([carol], async ({ agents: [c], invoke }) => {
      await invoke(c!, 1);
      return invoke(c!, 'hang');
    });
    const ended = rejection(spanning.result);
    theft.spanning = spanning.runId;
    // By then the outcome of the first act is stored, with the intent of the second.
    await started.opened;
    clock.move(MINUTE);
    theft.ownCheckpoint = await trust.checkpoint({ authorityId: 'org-acme' });
    await theft.#plant();
    theft.checkpoint = await trust.checkpoint({ authorityId: 'org-auditor' });
    clock.move(MINUTE);
    await run(theft.runs.late);
    clock.move(MINUTE);
    theft.since = new Date(clock.now());
    clock.move(MINUTE);
    await theft.#forge();
    clock.move(MINUTE);
    const keep = [alice.id, bob.id];
    await trust.revokeKey({ authorityId: 'org-acme', since: theft.since, reason: 'leaked', keep });
    theft.stopped = await ended;
    await run(theft.runs.after);
    return theft;
  }

  /** Before the leak, a writer to the store adds a leaf to the log that could be compared with no entry. */
  async #plant(): Promise<void> {
    const { store } = this.world;
    const { sequence, hash: previousHash, text } = (await store.trailHead(CHECKPOINT_TRAIL))!;
    const anchor = JSON.parse(text);
    const leaf = { kind: 'trail', id: this.runs.forged, sequence: String(FORGED_ENTRIES), hash: 'none' };
    anchor.id = 'anchor-planted';
    anchor.context.checkpoint = { start: this.ownCheckpoint.leaves.length, leaves: [leaf] };
    const planted = canonicalJson(anchor);
    const hash = createHash('sha256').update(`${previousHash}\n${planted}`).digest('hex');
    const entry = {
      ...{ trailId: CHECKPOINT_TRAIL, sequence: sequence + 1, previousHash, hash },
      ...{ anchorId: anchor.id, agentId: anchor.agent_id, text: planted },
    };
    await store.commit([{ op: 'append_anchor', entry }]);
  }

  /** The thief has the key and writes to the store. Its clock says what it likes. */
  async #forge(): Promise<void> {
    const { world } = this;
    const { keyManager, store } = world;
    const clock = { now: () => this.since.getTime() - 3 * MINUTE };
    const thief = new TrustOperations({ store, keyManager, clock });
    const alice = new TrustedAgent({ name: 'alice', agent: (input: unknown) => input, trust: thief });
    const patterns = [probe(({ agents: [a], invoke }) => invoke(a!, 1))];
    const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust: thief, patterns });
    await runtime.execute('x', { pattern: 'probe', runId: this.runs.forged });
    await thief.audit({ agentId: 'agent-alice', action: 'forged', result: 'success' });
  }
}

const codes = ({ problems }: { readonly problems: readonly { readonly code: string }[] }): string[] => [
  ...new Set(problems.map(({ code }) => code)),
];

describe('after a key leaked and was revoked', () => {
  let theft: Theft;
  beforeEach(async () => {
    theft = await Theft.commit();
  }, 20_000);

  it('acts before count by a checkpoint of another key, and no others, whatever their date', async () => {
    const { world, checkpoint, ownCheckpoint, runs } = theft;
    const { trust } = world;
    expect(theft.stopped).toMatchObject({ code: 'REVOKED' });
    expect(await trust.verifyTrail(runs.early, { checkpoint })).toMatchObject({
      state: 'ended',
      problems: [],
    });
    for (const none of [{}, { checkpoint: ownCheckpoint }]) {
      const found = await trust.verifyTrail(runs.early, none);
      expect(found.state).toBe('broken');
      expect(codes(found)).toEqual(['KEY_REVOKED']);
    }
    // The caller knows otherwise when the checkpoint existed, or does not.
    const { since } = theft;
    const timed = (existedAt: Date) =>
      trust.verifyTrail(runs.early, { checkpoint: ownCheckpoint, existedAt });
    expect((await timed(new Date(since.getTime() - 1))).state).toBe('ended');
    expect((await timed(since)).state).toBe('broken');
    expect((await world.store.trailHead(runs.forged))?.sequence).toBe(FORGED_ENTRIES);
    for (const runId of [runs.forged, runs.late])
      expect(codes(await trust.verifyTrail(runId, { checkpoint }))).toEqual(['KEY_REVOKED']);
    expect(await trust.verifyTrail(runs.after, { checkpoint })).toMatchObject({
      state: 'ended',
      problems: [],
    });
    expect(codes(await trust.verifyTrail(undefined, { checkpoint }))).toContain('KEY_REVOKED');
  });

  it('receipts of both periods show it, offline', async () => {
    const { world, checkpoint, ownCheckpoint, runs, since, stolen } = theft;
    const { trust } = world;
    const auditor = (await trust.getAuthority('org-auditor'))?.publicKey as string;
    const present = (await trust.getAuthority('org-acme'))?.publicKey as string;
    const { origin } = readCheckpoint(checkpoint.note);
    const witnesses = [{ name: origin, publicKey: auditor }];
    const judge = async (
      runId: string,
      given?: CheckpointRecord,
      pin = present,
      more: object = { witnesses },
    ) => {
      const receipt = await receiptOf(trust, runId, given && { checkpoint: given });
      return verifyReceipt(receipt, { authorities: { 'org-acme': pin }, ...more });
    };
    for (const pin of [present, stolen]) {
      const early = await judge(runs.early, checkpoint, pin);
      expect(early.problems).toEqual([]);
      expect(early.verdict).toBe('valid');
      expect(early.revokedKeys).toEqual([
        { authorityId: 'org-acme', publicKey: stolen, since, reason: 'leaked' },
      ]);
    }
    const at = new Date(since.getTime() - 1);
    for (const [more, verdict] of [
      [{ timestamps: [{ note: ownCheckpoint.note, at }] }, 'valid'],
      [{ timestamps: [{ note: ownCheckpoint.note, at: since }] }, 'invalid'],
      // The time of one checkpoint says nothing about another one, which a thief can have made later.
      [{ timestamps: [{ note: checkpoint.note, at }] }, 'invalid'],
    ] as const)
      expect((await judge(runs.early, ownCheckpoint, present, more)).verdict).toBe(verdict);
    for (const found of [
      await judge(runs.early),
      await judge(runs.early, checkpoint, present, {}),
      await judge(runs.early, ownCheckpoint),
      await judge(runs.forged, checkpoint),
      await judge(runs.late, checkpoint),
    ]) {
      expect(found.verdict).toBe('invalid');
      expect(codes(found)).toContain('KEY_REVOKED');
    }
    const after = await judge(runs.after, checkpoint);
    expect(after).toMatchObject({ verdict: 'valid', problems: [] });
    const spanning = await judge(theft.spanning, checkpoint);
    expect(spanning.problems).toEqual([]);
    expect(spanning.anchors.length).toBeGreaterThan(1);
  });

  it('a receipt without the statement of the revocation proves nothing about the stolen key', async () => {
    const { world, runs } = theft;
    const { trust } = world;
    const present = (await trust.getAuthority('org-acme'))?.publicKey as string;
    const { text } = await receiptOf(trust, runs.forged);
    const { key_statements: statements, ...content } = JSON.parse(text);
    const rotations = statements.filter((statement: string) => statement.includes('key_rotated'));
    const thief = { ...content, key_statements: rotations, signer_authority_id: null, signature: null };
    const found = await verifyReceipt(canonicalJson(thief), { authorities: { 'org-acme': present } });
    expect(found.verdict).toBe('invalid');
    expect(codes(found)).toContain('KEY_REVOKED');
  });

  it('a receipt with a proof of something else is invalid, and a leaf about another trail says nothing', async () => {
    const { world, runs, checkpoint } = theft;
    const { trust } = world;
    const { text } = await receiptOf(trust, runs.early, { checkpoint });
    const { checkpoints, ...content } = JSON.parse(text);
    const [{ note, inclusions }] = checkpoints;
    const [trail, ...others] = inclusions;
    const judged = async (of: object, changed: object): Promise<string[]> => {
      const unsigned = { signer_authority_id: null, signature: null };
      const given = { ...of, ...unsigned, checkpoints: [{ note, inclusions: [changed, ...others] }] };
      return codes(await verifyReceipt(canonicalJson(given as never)));
    };
    expect(await judged(content, trail)).not.toContain('CHECKPOINT_INVALID');
    for (const changed of [
      { ...trail, index: trail.index + 1 },
      { ...trail, index: 2 ** 53 - 1 },
      { ...trail, leaf: trail.leaf.replace(runs.early, runs.late) },
      { ...trail, proof: trail.proof.slice(1) },
      { ...trail, proof: [...trail.proof, 'AAAA'] },
    ])
      expect(await judged(content, changed)).toContain('CHECKPOINT_INVALID');
    const late = JSON.parse((await receiptOf(trust, runs.late)).text);
    const found = await judged(late, trail);
    expect(found).toContain('KEY_REVOKED');
    expect(found).not.toContain('CHECKPOINT_MISMATCH');
  });

  it('a receipt cannot date the revocation later by a statement of its own', async () => {
    const { world, runs, checkpoint, stolen } = theft;
    const { trust } = world;
    const present = (await trust.getAuthority('org-acme'))?.publicKey as string;
    const { text } = await receiptOf(trust, runs.early, { checkpoint });
    const { key_statements: statements, ...content } = JSON.parse(text);
    const keyManager = new InMemoryKeyManager();
    const publicKey = await keyManager.generateKey('k');
    const body = { authority_id: 'org-acme', public_key: stolen, since: '2099-01-01T00:00:00+00:00' };
    const { content: statement, signingText } = draftAfter(
      undefined,
      { kind: 'key_revoked', body: { ...body, reason: 'none' } },
      { authorityId: 'org-evil', keyId: 'k', publicKey },
      '2026-01-01T00:00:00+00:00',
    );
    const entry = statementEntry(statement, await keyManager.sign(signingText, 'k'));
    const rotations = statements.filter((each: string) => each.includes('key_rotated'));
    const forged = {
      ...content,
      ...{ key_statements: [...rotations, entry.text], signer_authority_id: null, signature: null },
    };
    const auditor = (await trust.getAuthority('org-auditor'))?.publicKey as string;
    const witnesses = [{ name: readCheckpoint(checkpoint.note).origin, publicKey: auditor }];
    const options = { authorities: { 'org-acme': present }, witnesses };
    const found = await verifyReceipt(canonicalJson(forged), options);
    expect(codes(found)).toEqual(expect.arrayContaining(['CHAIN_INVALID', 'DELEGATION_INVALID']));
  });

  it('an authority that is trusted for some agents does not vouch that the key of another one was not stolen', async () => {
    const { world, runs } = theft;
    const { trust } = world;
    const present = (await trust.getAuthority('org-acme'))?.publicKey as string;
    const auditor = (await trust.getAuthority('org-auditor')) as Authority;
    const { text } = await receiptOf(trust, runs.forged);
    const { key_statements: statements, signature: _, ...content } = JSON.parse(text);
    const kept = {
      ...content,
      authorities: [...content.authorities, authorityCodec.encodeText(auditor)],
      key_statements: statements.filter((each: string) => each.includes('key_rotated')),
      signer_authority_id: auditor.id,
    };
    const signature = await world.keyManager.sign(canonicalJson(kept), auditor.signingKeyId);
    const codesWith = async (namespaces?: string[]): Promise<string[]> => {
      const pin = { publicKey: auditor.publicKey, ...(namespaces && { namespaces }) };
      const authorities = { 'org-acme': present, 'org-auditor': pin };
      return codes(await verifyReceipt(canonicalJson({ ...kept, signature }), { authorities }));
    };
    expect(await codesWith(['auditor-*'])).toContain('KEY_REVOKED');
    expect(await codesWith()).not.toContain('KEY_REVOKED');
  });
});

it('an anchor under a key that counts shows that those before it were there, and none that it is later than', async () => {
  const world = await World.make();
  const { trust, clock } = world;
  const agent = await world.agent('alice', (input) => input);
  await trust.createEnterpriseAuthority({ name: 'Auditor', id: 'org-auditor' });
  await trust.establish({ agentId: 'agent-auditor', authorityId: 'org-auditor', capabilities: ['read'] });
  const audit = (agentId: string) => trust.audit({ agentId, action: 'read', result: 'success' });
  await audit(agent.id);
  clock.move(MINUTE);
  await audit('agent-auditor');
  clock.move(MINUTE);
  const since = new Date(clock.now());
  clock.move(MINUTE);
  await audit(agent.id);
  clock.move(MINUTE);
  await audit('agent-auditor');
  await trust.revokeKey({ authorityId: 'org-acme', since, reason: 'leaked', keep: [agent.id] });
  const { problems } = await trust.verifyTrail();
  expect(problems.map(({ sequence, code }) => `${code} ${sequence}`)).toEqual(['KEY_REVOKED 3']);
});

describe('after a rotation, with nothing revoked', () => {
  it('receipts of earlier runs are valid for an auditor who trusts the new key, or the old one', async () => {
    const world = await World.make();
    const old = world.authority.publicKey;
    const alice = await world.agent('alice');
    const { runId } = await world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    const { authority } = await world.trust.rotateKey({ authorityId: 'org-acme' });
    const receipt = await receiptOf(world.trust, runId);
    for (const key of [old, authority.publicKey])
      expect(await verifyReceipt(receipt, { authorities: { 'org-acme': key } })).toMatchObject({
        ...{ verdict: 'valid', problems: [], revokedKeys: [] },
      });
    const stranger = await new InMemoryKeyManager().generateKey('k');
    expect((await verifyReceipt(receipt, { authorities: { 'org-acme': stranger } })).verdict).toBe('invalid');
  });
});
