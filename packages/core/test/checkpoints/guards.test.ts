import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { InMemoryKeyManager, type MemoryTrustStore, SHARED_TRAIL } from '@kaizen-eatp/core';
import {
  CHECKPOINT_TRAIL,
  joinRecords,
  readCheckpoint,
  readVerifierKey,
  validSignatures,
  verifierKey,
  type Witness,
  witnessServer,
} from '@kaizen-eatp/core/checkpoints';
import { canonicalJson } from '@kaizen-eatp/core/records';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReceiptKeys } from '../../src/receipt/receipt-keys.js';
import { TrailJudge } from '../../src/trust/audit/trail-judge.js';
import { wholeLogOf } from '../../src/trust/checkpoint/checkpoint-record.js';
import { signedBefore } from '../../src/trust/checkpoint/signed-note.js';
import { draftAfter, rotationText, statementEntry } from '../../src/trust/statements/statement.js';
import { copyOf, Site, START } from './site.js';

/** A writer to the store adds a leaf to the log: a copy of the last anchor with its signature, which is of something else. */
async function plant(store: MemoryTrustStore, start: number, leaf: object): Promise<void> {
  const { sequence, hash: previousHash, text } = (await store.trailHead(CHECKPOINT_TRAIL))!;
  const anchor = JSON.parse(text);
  anchor.id = 'anchor-planted';
  anchor.context.checkpoint = { start, leaves: [leaf] };
  const planted = canonicalJson(anchor);
  const hash = createHash('sha256').update(`${previousHash}\n${planted}`).digest('hex');
  const place = { trailId: CHECKPOINT_TRAIL, sequence: sequence + 1, previousHash, hash };
  const entry = { ...place, anchorId: anchor.id, agentId: anchor.agent_id, text: planted };
  await store.commit([{ op: 'append_anchor', entry }]);
}

describe('the log in the store', () => {
  it('gives no credit to a leaf under a signature of something else', async () => {
    const site = await Site.create();
    const { leaves } = await site.trust.checkpoint();
    const store = await copyOf(site.store, (lines) =>
      lines.filter(({ trail_id, sequence }) => trail_id !== SHARED_TRAIL || sequence < 3),
    );
    const { hash } = (await store.trailHead(SHARED_TRAIL))!;
    await plant(store, leaves.length, { kind: 'trail', id: SHARED_TRAIL, sequence: 2, hash });
    const { findings } = await site.over(store).checkpoint();
    expect(findings.map(({ code }) => code)).toEqual(['TRAIL_CUT']);
  });

  it('is damaged if leaves do not follow those before', async () => {
    const site = await Site.create();
    await site.trust.checkpoint();
    await plant(site.store, 1, { kind: 'log', id: 'other' });
    await expect(site.trust.checkpoint()).rejects.toMatchObject({ code: 'CHECKPOINT_LOG_DAMAGED' });
  });

  it('is no evidence for the checkpoint of another log', async () => {
    const site = await Site.create();
    await site.trust.checkpoint();
    const { note } = await (await Site.create()).trust.checkpoint();
    await expect(site.trust.verifyTrail('run', { checkpoint: note })).rejects.toMatchObject({
      code: 'CHECKPOINT_INCONSISTENT',
    });
  });
});

describe('a record of a checkpoint', () => {
  it('whose leaves are not those of its root is no log', async () => {
    const { note, start, leaves } = await (await Site.create()).trust.checkpoint();
    expect(wholeLogOf({ note, start, leaves })?.leaves).toEqual(leaves);
    const changed = leaves.map((leaf) => leaf.replace('agent-bob', 'agent-bab'));
    expect(wholeLogOf({ note, start, leaves: changed })).toBeUndefined();
  });

  it('does not follow one of a log with another name', async () => {
    const { note, start, leaves } = await (await Site.create()).trust.checkpoint();
    const record = { note, start, leaves };
    const other = { ...record, note: note.replaceAll(readCheckpoint(note).origin, 'log.example/other') };
    expect(joinRecords([record, record])?.note).toBe(note);
    expect(() => joinRecords([record, other])).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_INCONSISTENT' }),
    );
  });
});

describe('a note', () => {
  it.each([
    (note: string) => note.replace(/\n\d+\n/, '\n99999999999999999999\n'),
    (note: string) => note.replace(/\n\d+\n/, '\n01\n'),
    (note: string) => note.replace(/^.+\n/, '\n'),
    (note: string) => note.replace(/^(.+\n\d+\n).+\n/, '$1AAAA\n'),
    (note: string) => `${note}\u2014 w AAAA\n`,
    (note: string) => `${note}\u2014 a+b AAAAAAAAAAAA\n`,
    (note: string) => note.replace(/^./, '\ud800'),
  ])('of another form is refused: %s', async (edit) => {
    const { note } = await (await Site.create()).trust.checkpoint();
    expect(() => readCheckpoint(edit(note))).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_MALFORMED' }),
    );
  });

  it('says until the end of a second when it was signed, and not at all by a signature that was cut off', async () => {
    const site = await Site.create();
    const { note } = await site.trust.checkpoint();
    const signed = readCheckpoint(note);
    const publicKey = (await site.trust.getAuthority('org-acme'))?.publicKey as string;
    const key = { name: signed.origin, publicKey };
    expect(signedBefore(signed, key)).toBe(START + 999);
    const signatures = signed.signatures.map((each) => ({ ...each, bytes: each.bytes.slice(0, 6) }));
    expect(validSignatures({ ...signed, signatures }, key)).toEqual([]);
    const text = verifierKey(key);
    expect(readVerifierKey(text)).toMatchObject(key);
    expect(() => readVerifierKey(text.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_MALFORMED' }),
    );
  });
});

it('a trail is judged by the entries that checkpoints name', () => {
  const codes = (sequence: number, hash: string): string[] => {
    const judge = new TrailJudge('run', false, [{ sequence, hash, madeBefore: 0 }]);
    const previousHash = '0'.repeat(64);
    const own = createHash('sha256').update(`${previousHash}\n{}`).digest('hex');
    judge.take({ sequence: 1, previousHash, hash: own, text: '{}' }, () => undefined);
    judge.end();
    return judge.problems.map(({ code }) => code);
  };
  expect(codes(1, 'other')).toEqual(['CHECKPOINT_MISMATCH', 'ANCHOR_MALFORMED']);
  expect(codes(2, 'other')).toEqual(['ANCHOR_MALFORMED', 'CUT']);
});

it('a server of a witness refuses other paths, methods and endless requests', async () => {
  const witness = { addCheckpoint: async () => ({ status: 200, body: '' }) } as unknown as Witness;
  const server = witnessServer(witness).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const status = async (path: string, init: RequestInit): Promise<number> =>
    (await fetch(`${url}${path}`, init)).status;
  expect(await status('/add-checkpoint', { method: 'POST', body: 'x' })).toBe(200);
  expect(await status('/add-checkpoint', { method: 'PUT', body: 'x' })).toBe(404);
  expect(await status('/other', { method: 'POST', body: 'x' })).toBe(404);
});

describe('the keys of an authority in a receipt', () => {
  it('follow only rotations that both keys signed, in the name of the authority', async () => {
    const keyManager = new InMemoryKeyManager();
    const [own, next, evil] = await Promise.all(
      ['own', 'next', 'evil'].map((id) => keyManager.generateKey(id)),
    );
    const keys: Record<string, string> = { own: own!, next: next!, evil: evil! };
    const rotation = async (by: string, from: string, to: string, proof = to, authorityId = 'org-acme') => {
      const [old_public_key, new_public_key] = [keys[from]!, keys[to]!];
      const text = rotationText('org-acme', old_public_key, new_public_key);
      const new_signature = await keyManager.sign(text, proof);
      const body = {
        authority_id: 'org-acme',
        old_public_key,
        new_public_key,
        new_key_id: to,
        new_signature,
      };
      const { content, signingText } = draftAfter(
        undefined,
        { kind: 'key_rotated', body } as never,
        { authorityId, keyId: by, publicKey: keys[by]! },
        '2026-01-01T00:00:00+00:00',
      );
      return statementEntry(content, await keyManager.sign(signingText, by)).text;
    };
    const current = (text: string): readonly string[] => {
      const problems: string[] = [];
      const { current: found } = new ReceiptKeys([text], (reason) => problems.push(reason)).of(
        'org-acme',
        keys.own!,
      );
      expect(problems).toEqual([]);
      return found;
    };
    expect(current(await rotation('own', 'own', 'next'))).toEqual([keys.own, keys.next]);
    for (const forged of [
      await rotation('evil', 'own', 'evil'),
      await rotation('evil', 'evil', 'next'),
      await rotation('own', 'own', 'next', 'own'),
      await rotation('own', 'own', 'next', 'next', 'org-other'),
    ])
      expect(current(forged)).toEqual([keys.own]);
  });

  it('count as revoked since the earliest moment that a statement names', async () => {
    const keyManager = new InMemoryKeyManager();
    const publicKey = await keyManager.generateKey('k');
    const revocation = async (since: string): Promise<string> => {
      const body = { authority_id: 'org-acme', public_key: 'stolen', since, reason: since };
      const signer = { authorityId: 'org-acme', keyId: 'k', publicKey };
      const draft = draftAfter(undefined, { kind: 'key_revoked', body }, signer, '2026-01-01T00:00:00+00:00');
      return statementEntry(draft.content, await keyManager.sign(draft.signingText, 'k')).text;
    };
    const early = await revocation('2026-01-01T00:00:00+00:00');
    const late = await revocation('2026-01-02T00:00:00+00:00');
    for (const statements of [
      [early, late],
      [late, early],
    ]) {
      const { revoked } = new ReceiptKeys(statements, () => undefined).of('org-acme', publicKey);
      expect(revoked.get('stolen')?.since).toBe(Date.UTC(2026, 0, 1));
    }
  });
});
