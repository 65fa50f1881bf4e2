import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { InMemoryKeyManager, type TrustOperations } from '@kaizen-eatp/core';
import {
  type CheckpointSink,
  createWitness,
  readCheckpoint,
  timestampSink,
  type Witness,
  witnessSink,
} from '@kaizen-eatp/core/checkpoints';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderOfTest, Site } from './site.js';

type Answer = (body: string) => Promise<readonly [status: number, body: string]>;

async function served(answer: Answer): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [status, body] = await answer(Buffer.concat(chunks).toString());
    response.writeHead(status);
    response.end(body);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ORIGIN = 'log.example/acme';

async function witnessOf(site: Site): Promise<Witness> {
  const publicKey = (await site.trust.getAuthority('org-acme'))?.publicKey as string;
  const keyManager = new InMemoryKeyManager();
  const file = join(folderOfTest(), 'seen');
  return createWitness({ name: 'w', keyManager, keyId: 'w', logs: [{ name: ORIGIN, publicKey }], file });
}

describe('a witness that lies', () => {
  const answers: Readonly<Record<string, readonly [number, string]>> = {
    'a negative size': [409, '-1\n'],
    'a size that is no number': [409, 'many\n'],
    'no size': [409, ''],
    'a page of a proxy': [200, '<html>sign in</html>'],
    'an answer without end': [200, 'x'.repeat(100_000)],
  };

  it.each(Object.entries(answers))('with %s is reported', async (_what, answer) => {
    const site = await Site.create();
    const { key } = await witnessOf(site);
    const sink = witnessSink({ url: await served(async () => answer), key });
    await expect(site.trust.checkpoint({ origin: ORIGIN, sinks: [sink] })).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
  });

  it('gets nothing into the note but its own cosignature', async () => {
    const site = await Site.create();
    const witness = await witnessOf(site);
    const url = await served(async (body) => {
      const answer = await witness.addCheckpoint(body);
      return [answer.status, `\u2014 stranger AAAAAAAAAAAA\n${answer.body}\u2014 w AAAAAAAAAAAA\n`];
    });
    const { note } = await site.trust.checkpoint({
      origin: ORIGIN,
      sinks: [witnessSink({ url, key: witness.key })],
    });
    expect(readCheckpoint(note).signatures.map(({ name }) => name)).toEqual([ORIGIN, ORIGIN, 'w']);
  });
});

it('the answer of a time-stamping authority is read up to a bound', async () => {
  const site = await Site.create();
  const url = await served(async () => [200, 'x'.repeat(1_000_000)]);
  await expect(site.trust.checkpoint({ sinks: [timestampSink({ url })] })).rejects.toMatchObject({
    code: 'STORE_FAILED',
    received: expect.stringContaining('more than'),
  });
});

describe('a sink that lies', () => {
  const refused = async (trust: TrustOperations, sink: CheckpointSink, code: string): Promise<void> =>
    expect(trust.checkpoint({ sinks: [sink] })).rejects.toMatchObject({ code });

  it('cannot put another checkpoint into the place of the one that it was given', async () => {
    const site = await Site.create();
    const other = await (await Site.create()).trust.checkpoint();
    const swap: CheckpointSink = { write: async (record) => ({ ...record, note: other.note }) };
    await refused(site.trust, swap, 'CHECKPOINT_MALFORMED');
    const forget: CheckpointSink = {
      write: async (record) => ({ ...record, note: record.note.replace(/\n\n.+\n/, '\n\n') }),
    };
    await refused(site.trust, forget, 'CHECKPOINT_MALFORMED');
    const odd = { write: async (record: object) => ({ ...record, timestamps: 'now' }) };
    await refused(site.trust, odd as never, 'CHECKPOINT_MALFORMED');
    const stamp: CheckpointSink = { write: async (record) => ({ ...record, timestamps: ['AAAA'] }) };
    const lose: CheckpointSink = { write: async (record) => ({ ...record, timestamps: [] }) };
    await expect(site.trust.checkpoint({ sinks: [stamp, lose] })).rejects.toMatchObject({
      code: 'CHECKPOINT_MALFORMED',
    });
    expect((await site.trust.checkpoint({ sinks: [stamp] })).timestamps).toEqual(['AAAA']);
  });

  it.each([-1, 1.5, Number.NaN, '3', 1e9])(
    'cannot have %s leaves, nor ask for a proof from there',
    async (size) => {
      const site = await Site.create();
      const ask: CheckpointSink = {
        write: async (_record, proofFrom) => void proofFrom(size as number),
      };
      await refused(site.trust, ask, 'INVALID_ARGUMENT');
      if (size === 1e9) return;
      const count = { write: async () => undefined, size: async () => size };
      await refused(site.trust, count as never, 'INVALID_ARGUMENT');
    },
  );
});

it('a key that no signature can fit is refused wherever keys are given', async () => {
  const site = await Site.create();
  const { note } = await site.trust.checkpoint();
  const keyManager = new InMemoryKeyManager();
  const publicKey = await keyManager.generateKey('k');
  const url = 'http://127.0.0.1:9';
  const file = join(folderOfTest(), 'seen');
  for (const key of [
    { name: 'w', publicKey: 'AAAA' },
    { name: 'with space', publicKey },
  ])
    for (const use of [
      async () => site.trust.verifyCheckpoint(note, { keys: [key] }),
      async () => site.trust.verifyTrail('run', { checkpoint: note, keys: [key] }),
      async () => verifyReceipt('{}', { witnesses: [key] }),
      async () => witnessSink({ url, key }),
      async () => createWitness({ name: 'w', keyManager, keyId: 'k', logs: [key], file }),
    ])
      await expect(use()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
