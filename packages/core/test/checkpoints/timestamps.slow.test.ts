import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  checkpointText,
  fileSink,
  readCheckpoint,
  readCheckpointFile,
  timestampSink,
} from '@kaizen-eatp/core/checkpoints';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderOfTest, Site } from './site.js';

const openssl = (folder: string, ...args: string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** A certificate authority and a time-stamping authority of the test, behind a server on loopback. */
async function startAuthority(
  folder: string,
  spoil: (reply: Buffer) => Buffer = (reply) => reply,
): Promise<string> {
  writeFileSync(join(folder, 'serial'), '01\n');
  writeFileSync(
    join(folder, 'tsa.cnf'),
    `[tsa]
default_tsa = tsa1
[tsa1]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ordering = yes
tsa_name = no
ess_cert_id_chain = no
`,
  );
  const key = (name: string): string[] => ['-newkey', 'ed25519', '-nodes', '-keyout', `${name}.key`];
  const rsa = (name: string): string[] => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
  openssl(folder, 'req', '-x509', ...key('ca'), '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', '2');
  openssl(folder, 'req', '-new', ...rsa('tsa'), '-out', 'tsa.csr', '-subj', '/CN=Test TSA');
  writeFileSync(join(folder, 'ext'), 'extendedKeyUsage=critical,timeStamping\n');
  const sign = ['x509', '-req', '-in', 'tsa.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl(folder, ...sign, '-days', '2', '-extfile', 'ext', '-out', 'tsa.pem');
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    writeFileSync(join(folder, 'query.tsq'), Buffer.concat(chunks));
    const reply = ['ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr'];
    const { status } = spawnSync('openssl', reply, { cwd: folder });
    response.writeHead(status === 0 ? 200 : 500, { 'content-type': 'application/timestamp-reply' });
    response.end(status === 0 ? spoil(readFileSync(join(folder, 'reply.tsr'))) : '');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a timestamp of a checkpoint', () => {
  it('is one that OpenSSL accepts, for the first three lines of the note and nothing else', async () => {
    const folder = folderOfTest();
    const site = await Site.create();
    const url = await startAuthority(folder);
    const path = join(folder, 'checkpoints.jsonl');
    await site.trust.checkpoint({ sinks: [timestampSink({ url }), fileSink(path)] });
    const kept = readCheckpointFile(path);
    expect(kept?.timestamps).toHaveLength(1);
    writeFileSync(join(folder, 'checkpoint.tsr'), Buffer.from(kept?.timestamps?.[0] as string, 'base64'));
    const text = checkpointText(readCheckpoint(kept?.note as string));
    expect(text).toBe(`${kept?.note.split('\n').slice(0, 3).join('\n')}\n`);
    writeFileSync(join(folder, 'checkpoint.txt'), text);
    const verify = (file: string): boolean => {
      const args = ['ts', '-verify', '-data', file, '-in', 'checkpoint.tsr', '-CAfile', 'ca.pem'];
      return spawnSync('openssl', args, { cwd: folder }).status === 0;
    };
    expect(verify('checkpoint.txt')).toBe(true);
    writeFileSync(join(folder, 'other.txt'), text.replace('1', '2'));
    expect(verify('other.txt')).toBe(false);
    expect(openssl(folder, 'ts', '-reply', '-in', 'checkpoint.tsr', '-text')).toMatch(/Status: Granted/);
  });

  it('is refused if it is of something else, not granted, or no answer at all', async () => {
    const folder = folderOfTest();
    const site = await Site.create();
    const { note } = await site.trust.checkpoint();
    const answers: Readonly<Record<string, (reply: Buffer) => Buffer>> = {
      'of another text': (reply) => Buffer.from(reply.toString('hex').replace(/0420.{4}/, '04200000'), 'hex'),
      'a refusal': () => Buffer.from('30053003020102', 'hex'),
      nothing: () => Buffer.alloc(0),
    };
    let spoil = (reply: Buffer): Buffer => reply;
    const url = await startAuthority(folder, (reply) => spoil(reply));
    for (const [what, answer] of Object.entries(answers)) {
      spoil = answer;
      const made = site.trust.checkpoint({ sinks: [timestampSink({ url })] });
      await expect(made, what).rejects.toMatchObject({ code: 'STORE_FAILED' });
    }
    const nobody = site.trust.checkpoint({
      sinks: [timestampSink({ url: 'http://127.0.0.1:9', timeout: 5_000 })],
    });
    await expect(nobody).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(readCheckpoint(note).size).toBeGreaterThan(0);
  });
});
