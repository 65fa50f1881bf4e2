import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AuditAnchor, InMemoryKeyManager, type MemoryTrustStore, SHARED_TRAIL } from '@kaizen-eatp/core';
import { CHECKPOINT_TRAIL, createWitness, type Witness, witnessServer } from '@kaizen-eatp/core/checkpoints';
import {
  anchorPreimage,
  auditAnchorCodec,
  authorityCodec,
  canonicalJson,
  sha256Hex,
} from '@kaizen-eatp/core/records';
import type { TrailEntry } from '@kaizen-eatp/core/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReceiptTrust } from '../../src/receipt/receipt-trust.js';
import { draftAfter, statementEntry } from '../../src/trust/statements/statement.js';
import { copyOf, folderOfTest, Site } from './site.js';

type Edit = (entry: TrailEntry) => TrailEntry | undefined;

/** A copy of a store whose entries at one place were changed, which no import takes. */
async function altered(store: MemoryTrustStore, trail: string, place: number, edit: Edit) {
  const copy = await copyOf(store);
  const read = copy.readTrail.bind(copy);
  copy.readTrail = async (trailId, page) =>
    (await read(trailId, page)).flatMap((entry) =>
      entry.trailId === trail && entry.sequence === place ? (edit(entry) ?? []) : entry,
    );
  return copy;
}

/** A writer to the store adds a checkpoint that an authority signs, in the name of some agent. */
async function plant(
  store: MemoryTrustStore,
  start: number,
  leaf: object,
  { agentId, authorityId, keys, keyId }: Signer,
): Promise<void> {
  const { sequence, hash: previousHash, text } = (await store.trailHead(CHECKPOINT_TRAIL))!;
  const anchor = JSON.parse(text);
  anchor.id = 'anchor-planted';
  anchor.agent_id = agentId;
  anchor.context = { ...anchor.context, authority_id: authorityId, checkpoint: { start, leaves: [leaf] } };
  const record: AuditAnchor = auditAnchorCodec.decodeText(canonicalJson(anchor));
  anchor.signature = await keys.sign(canonicalJson(anchorPreimage(record)), keyId);
  const planted = canonicalJson(anchor);
  const hash = createHash('sha256').update(`${previousHash}\n${planted}`).digest('hex');
  const place = { trailId: CHECKPOINT_TRAIL, sequence: sequence + 1, previousHash, hash };
  await store.commit([
    { op: 'append_anchor', entry: { ...place, anchorId: anchor.id, agentId, text: planted } },
  ]);
}

interface Signer {
  readonly agentId: string;
  readonly authorityId: string;
  readonly keys: InMemoryKeyManager;
  readonly keyId: string;
}

describe('a checkpoint in the store', () => {
  it.each<[string, (site: Site) => Promise<Signer>, string[]]>([
    [
      'counts if the recorder of a believed authority made it',
      async ({ keyManager: keys, trust }) => {
        const keyId = (await trust.getAuthority('org-acme'))?.signingKeyId as string;
        return { agentId: 'agent-recorder-org-acme', authorityId: 'org-acme', keys, keyId };
      },
      [],
    ],
    [
      'gets no credit for what the authority signed for another agent',
      async ({ keyManager: keys, trust }) => {
        const keyId = (await trust.getAuthority('org-acme'))?.signingKeyId as string;
        return { agentId: 'agent-alice', authorityId: 'org-acme', keys, keyId };
      },
      ['TRAIL_CUT'],
    ],
    [
      'gets no credit for an authority that the store has and nobody believes',
      async () => {
        const keys = new InMemoryKeyManager();
        await keys.generateKey('evil');
        return { agentId: 'agent-recorder-org-evil', authorityId: 'org-evil', keys, keyId: 'evil' };
      },
      ['TRAIL_CUT'],
    ],
  ])('%s', async (_what, signerOf, found) => {
    const site = await Site.create();
    const { leaves } = await site.trust.checkpoint();
    const store = await copyOf(site.store, (lines) =>
      lines.filter(({ trail_id, sequence }) => trail_id !== SHARED_TRAIL || sequence < 3),
    );
    const signer = await signerOf(site);
    const acme = await site.trust.getAuthority('org-acme');
    if (signer.authorityId === 'org-evil') {
      const publicKey = (await signer.keys.publicKey('evil')) as string;
      const evil = { ...acme!, id: 'org-evil', name: 'Evil', publicKey, signingKeyId: 'evil' };
      const text = authorityCodec.encodeText(evil);
      await store.commit([{ op: 'put_authority', authorityId: 'org-evil', text, ifVersion: null }]);
    }
    const { hash } = (await store.trailHead(SHARED_TRAIL))!;
    await plant(store, leaves.length, { kind: 'trail', id: SHARED_TRAIL, sequence: 2, hash }, signer);
    const { findings } = await site.over(store).checkpoint();
    expect(findings.map(({ code }) => code)).toEqual(found);
  });

  const edits: Record<string, Edit> = {
    text: (entry) => ({ ...entry, text: `${entry.text} ` }),
    'link to the one before': (entry) => ({ ...entry, previousHash: 'f'.repeat(64) }),
    place: (entry) => ({ ...entry, sequence: entry.sequence + 5 }),
  };
  it.each(Object.entries(edits))('is damaged if its %s was changed', async (_what, edit) => {
    const site = await Site.create();
    await site.trust.checkpoint();
    const store = await altered(site.store, CHECKPOINT_TRAIL, 1, edit);
    await expect(site.over(store).checkpoint()).rejects.toMatchObject({ code: 'CHECKPOINT_LOG_DAMAGED' });
  });
});

describe('a trail whose end is as the checkpoint knows it', () => {
  const edits: Record<string, Edit> = {
    'the text of an entry was changed': (entry) => ({ ...entry, text: `${entry.text} ` }),
    'the hash of an entry was changed': (entry) => ({ ...entry, hash: 'f'.repeat(64) }),
    'the place of an entry was changed': (entry) => ({ ...entry, sequence: 7 }),
    'an entry was removed': () => undefined,
  };
  it.each(Object.entries(edits))('is found if %s', async (_what, edit) => {
    const site = await Site.create();
    const { note } = await site.trust.checkpoint();
    const store = await altered(site.store, SHARED_TRAIL, 2, edit);
    const { findings } = await site.over(store).verifyCheckpoint(note);
    expect(findings).toMatchObject([
      { code: 'TRAIL_CHANGED', subject: SHARED_TRAIL, reason: 'entry 2 is not as it was recorded' },
    ]);
  });

  it('is found if its last entries were removed', async () => {
    const site = await Site.create();
    const { note, leaves } = await site.trust.checkpoint();
    const { sequence } = leaves.map((leaf) => JSON.parse(leaf)).find(({ id }) => id === SHARED_TRAIL);
    const store = await altered(site.store, SHARED_TRAIL, sequence, () => undefined);
    const { findings } = await site.over(store).verifyCheckpoint(note);
    expect(findings).toMatchObject([{ code: 'TRAIL_CHANGED', reason: `entry ${sequence} is missing` }]);
  });
});

it('a witness reads at most 63 hashes of a proof', async () => {
  const site = await Site.create();
  const keyManager = new InMemoryKeyManager();
  const origin = 'log.example/acme';
  const publicKey = (await site.trust.getAuthority('org-acme'))?.publicKey as string;
  const file = join(folderOfTest(), 'seen');
  const logs = [{ name: origin, publicKey }];
  const witness = await createWitness({ name: 'w', keyManager, keyId: 'w', logs, file });
  const { note } = await site.trust.checkpoint({ origin });
  const hash = Buffer.alloc(32).toString('base64');
  const status = async (hashes: number): Promise<number> =>
    (await witness.addCheckpoint(`old 0\n${`${hash}\n`.repeat(hashes)}\n${note}`)).status;
  expect(await status(64)).toBe(400);
  expect(await status(63)).toBe(422);
});

it('a server of a witness hands no endless request to it', async () => {
  const lengths: number[] = [];
  const addCheckpoint = async (body: string) => {
    lengths.push(body.length);
    return { status: 200, body: '' };
  };
  const server = witnessServer({ addCheckpoint } as unknown as Witness).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/add-checkpoint`;
  // The server can close the connection before it has read all of the body.
  const send = (length: number): Promise<number> =>
    fetch(url, { method: 'POST', body: 'x'.repeat(length) }).then(
      ({ status }) => status,
      () => 413,
    );
  expect(await send(64 * 1024)).toBe(200);
  expect(await send(64 * 1024 + 1)).toBe(413);
  expect(lengths).toEqual([64 * 1024]);
});

it('a revoked key counts for a record only if the checkpoint has that very text', async () => {
  const keys = new InMemoryKeyManager();
  const publicKey = await keys.generateKey('k');
  const site = await Site.create();
  const authority = { ...(await site.trust.getAuthority('org-acme'))!, publicKey };
  const since = '2026-01-05T12:00:00+00:00';
  const draft = draftAfter(
    undefined,
    { kind: 'key_revoked', body: { authority_id: 'org-acme', public_key: publicKey, since, reason: 'x' } },
    { authorityId: 'org-acme', keyId: 'k', publicKey },
    since,
  );
  const statement = statementEntry(draft.content, await keys.sign(draft.signingText, 'k')).text;
  const receipt = { key_statements: [statement], checkpoints: [] } as never;
  const trust = new ReceiptTrust(
    receipt,
    { pins: undefined, witnesses: [], timestamps: new Map() },
    () => undefined,
  );
  trust.settle(new Map([['org-acme', authority]]));
  const leaf = { kind: 'chain', id: 'agent-alice', hash: sha256Hex('as it was') } as never;
  trust.checkpoints.push({ leaves: [leaf], madeBefore: Date.parse(since) - 1 });
  const isRevoked = (text: string, id = 'agent-alice'): boolean => {
    trust.allowKeysThatSigned([{ kind: 'chain', id, text }]);
    return trust.believe(authority).revokedKeys.has(publicKey);
  };
  expect(isRevoked('as it was')).toBe(false);
  expect(isRevoked('as the thief wants it')).toBe(true);
  expect(isRevoked('as it was', 'agent-bob')).toBe(true);
});
