import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InMemoryKeyManager, type KeyManager } from '@kaizen-eatp/core';
import {
  type CheckpointSink,
  createWitness,
  fileSink,
  type NoteKey,
  readCheckpoint,
  readCheckpointFile,
  readVerifierKey,
  validSignatures,
  verifierKey,
  witnessSink,
} from '@kaizen-eatp/core/checkpoints';
import { describe, expect, it, onTestFinished } from 'vitest';
import { witnessRequest } from '../../src/trust/checkpoint/witness.js';
import { copyOf, folderOfTest, Site, START } from './site.js';

const ORIGIN = 'log.example/acme';

const keyOf = async (site: Site): Promise<NoteKey> => ({
  name: ORIGIN,
  publicKey: (await site.trust.getAuthority('org-acme'))?.publicKey as string,
});

async function startWitness(
  folder: string,
  log: NoteKey,
): Promise<{ url: string; key: string; child: ChildProcess }> {
  const script = fileURLToPath(new URL('./witness-process.mjs', import.meta.url));
  const child = fork(script, [join(folder, 'keys'), join(folder, 'seen'), verifierKey(log)]);
  onTestFinished(() => void child.kill());
  const [{ url, key }] = (await once(child, 'message')) as [{ url: string; key: string }];
  return { url, key, child };
}

describe('a witness in a process of its own', () => {
  it('cosigns what continues, remembers it over a restart, and refuses a fork', async () => {
    const folder = folderOfTest();
    const site = await Site.create();
    const forked = await copyOf(site.store);
    const first = await startWitness(folder, await keyOf(site));
    const path = join(folder, 'checkpoints.jsonl');
    const sinks = ({ url, key }: { url: string; key: string }): CheckpointSink[] => [
      witnessSink({ url, key }),
      fileSink(path),
    ];
    const made = await site.trust.checkpoint({ origin: ORIGIN, sinks: sinks(first) });
    const key = readVerifierKey(first.key);
    expect(key).toMatchObject({ name: 'witness.example/w1', type: 'cosignature' });
    const kept = readCheckpointFile(path);
    expect(kept?.note).toBe(made.note);
    const [signature] = validSignatures(readCheckpoint(made.note), key);
    expect(signature?.at).toBeGreaterThan(START);
    first.child.kill();
    await once(first.child, 'exit');

    await site.audit('more');
    const second = await startWitness(folder, await keyOf(site));
    expect(second.key).toBe(first.key);
    await site.trust.checkpoint({ sinks: sinks(second) });
    await site.audit('and more');
    await site.trust.checkpoint({ sinks: sinks(second) });
    expect((await site.trust.verifyCheckpoint(made.note, { keys: [second.key] })).signedBy).toHaveLength(3);

    const other = site.over(forked);
    await other.checkpoint({ origin: ORIGIN });
    for (let i = 0; i < 9; i++)
      await other.audit({ agentId: 'agent-bob', action: 'read', result: 'success' });
    const fork = (): Promise<unknown> =>
      other.checkpoint({ sinks: [witnessSink({ url: second.url, key: second.key })] });
    await expect(fork()).rejects.toMatchObject({ code: 'CHECKPOINT_INCONSISTENT' });
    for (let i = 0; i < 9; i++) {
      await other.establish({ agentId: `agent-${i}`, authorityId: 'org-acme', capabilities: ['read'] });
    }
    await expect(fork()).rejects.toMatchObject({ code: 'CHECKPOINT_INCONSISTENT' });

    const stranger = await Site.create();
    const unknown = stranger.trust.checkpoint({
      origin: 'log.example/other',
      sinks: [witnessSink({ url: second.url, key: second.key })],
    });
    await expect(unknown).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_TRUSTED' });
  });

  it('is missed with the name of what is missing', async () => {
    const site = await Site.create();
    const key: NoteKey = { name: 'w', publicKey: (await keyOf(site)).publicKey };
    const sink = witnessSink({ url: 'http://127.0.0.1:9', key, timeout: 5_000 });
    await expect(site.trust.checkpoint({ sinks: [sink] })).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect((await site.trust.checkpoint()).leaves).toEqual([]);
  });
});

describe('a witness', () => {
  const made = async () => {
    const site = await Site.create();
    const file = join(folderOfTest(), 'seen');
    const keyManager = new InMemoryKeyManager();
    const options = { name: 'w', keyManager, keyId: 'w', logs: [await keyOf(site)], file };
    const witness = await createWitness(options);
    const { note } = await site.trust.checkpoint({ origin: ORIGIN });
    return { site, file, options, witness, note };
  };

  it('answers as the protocol of witnesses says', async () => {
    const { site, witness, note, options, file } = await made();
    const status = async (body: string): Promise<number> => (await witness.addCheckpoint(body)).status;
    const forged = note.replace(/\n(\d+)\n/, '\n9999\n');
    expect(await status('')).toBe(400);
    expect(await status(`old 0\nxx\n\n${note}`)).toBe(400);
    expect(await status(`old 99999\n\n${note}`)).toBe(400);
    expect(await status(`old 0\n\n${forged}`)).toBe(403);
    expect(await status(`old 0\n\n${note.replaceAll(ORIGIN, 'log.example/none')}`)).toBe(404);
    const { size } = readCheckpoint(note);
    expect(await witness.addCheckpoint(`old 1\n\n${note}`)).toEqual({ status: 409, body: '0\n' });
    const answer = await witness.addCheckpoint(`old 0\n\n${note}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^\u2014 w \S+\n$/);
    expect(readFileSync(`${file}.1`, 'utf8')).toMatch(new RegExp(`^${ORIGIN} ${size} \\S+\n$`));
    expect(await witness.addCheckpoint(`old 0\n\n${note}`)).toEqual({ status: 409, body: `${size}\n` });
    expect(await status(`old ${size}\n\n${note}`)).toBe(200);
    await site.audit('more');
    const next = await site.trust.checkpoint();
    expect(await status(`old ${size}\n\n${next.note}`)).toBe(422);
    const again = await createWitness(options);
    expect((await again.addCheckpoint(`old 0\n\n${note}`)).status).toBe(409);
    writeFileSync(`${file}.9`, 'something else\n');
    await expect(createWitness(options)).rejects.toMatchObject({ code: 'CHECKPOINT_MALFORMED' });
  });

  it('signs one of two forks that two witnesses over one file are asked for at the same moment', async () => {
    const { witness: first, options, note, site } = await made();
    let wait: Promise<void> | undefined;
    const keyManager = {
      sign: async (text: string, keyId: string) => {
        await wait;
        return options.keyManager.sign(text, keyId);
      },
      publicKey: (keyId: string) => options.keyManager.publicKey(keyId),
    } as unknown as KeyManager;
    const slow = await createWitness({ ...options, keyManager });
    const copy = site.over(await copyOf(site.store));
    await site.audit('one');
    await copy.audit({ agentId: 'agent-bob', action: 'write', result: 'success' });
    // What one of them signed, the other one knows.
    expect((await first.addCheckpoint(`old 0\n\n${note}`)).status).toBe(200);
    expect((await slow.addCheckpoint(`old 0\n\n${note}`)).status).toBe(409);
    const { size } = readCheckpoint(note);
    const requests: string[] = [];
    for (const trust of [site.trust, copy])
      await trust.checkpoint({
        sinks: [
          {
            size: async () => size,
            write: async (record, proofFrom) =>
              void requests.push(witnessRequest(size, proofFrom(size), record.note)),
          },
        ],
      });
    let go = (): void => undefined;
    wait = new Promise((resolve) => (go = resolve));
    const late = slow.addCheckpoint(requests[1] as string);
    expect((await first.addCheckpoint(requests[0] as string)).status).toBe(200);
    go();
    expect((await late).status).toBe(409);
  });

  it('signs one of two forks that ask at the same moment', async () => {
    const { witness, note, site } = await made();
    const copy = site.over(await copyOf(site.store));
    await site.audit('one');
    await copy.audit({ agentId: 'agent-bob', action: 'write', result: 'success' });
    await witness.addCheckpoint(`old 0\n\n${note}`);
    const proofs: string[] = [];
    for (const trust of [site.trust, copy]) {
      await trust.checkpoint({
        sinks: [
          {
            write: async (record, proofFrom) => {
              const proof = proofFrom(readCheckpoint(note).size).map((hash) => `${hash}\n`);
              proofs.push(`old ${readCheckpoint(note).size}\n${proof.join('')}\n${record.note}`);
              return undefined;
            },
          },
        ],
      });
    }
    const answers = await Promise.all(proofs.map((body) => witness.addCheckpoint(body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});
