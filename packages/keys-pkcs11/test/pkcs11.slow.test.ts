import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MemoryTrustStore, openDeployment } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { verifySignature } from '@kaizen-eatp/core/records';
import { Pkcs11KeyManager } from '@kaizen-eatp/keys-pkcs11';
import { sequential } from '@kaizen-eatp/patterns';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CKF_RW_SESSION, CKF_SERIAL_SESSION } from '../src/binding.js';
import { claimTemplate } from '../src/ed25519-objects.js';
import { closeModule, openModule } from '../src/module.js';
import { slotOf } from '../src/token.js';

const LIBRARY = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
].find((path) => existsSync(path));
const PIN = '1234';

/** Why the tests cannot run here. */
function missing(): string | undefined {
  if (!LIBRARY) return 'SoftHSM is not installed';
  try {
    createRequire(import.meta.url)('pkcs11js');
    return undefined;
  } catch {
    return 'pkcs11js is not compiled';
  }
}
const reason = missing();

describe.skipIf(reason !== undefined)(`Pkcs11KeyManager with SoftHSM${reason ? ` (${reason})` : ''}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eatp-softhsm-'));
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(join(folder, 'softhsm2.conf'), `directories.tokendir = ${join(folder, 'tokens')}\n`);
    process.env.SOFTHSM2_CONF = join(folder, 'softhsm2.conf');
    execFileSync('softhsm2-util', [
      ...['--init-token', '--free', '--label', 'acme', '--so-pin', '12345678', '--pin', PIN],
    ]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const open = async (more: object = {}): Promise<Pkcs11KeyManager> => {
    const keys = await Pkcs11KeyManager.open({
      library: LIBRARY as string,
      token: 'acme',
      pin: PIN,
      ...more,
    });
    onTestFinished(() => keys.close());
    return keys;
  };

  it('generates Ed25519 keys in the token, and signs as RFC 8032 prescribes', async () => {
    const keys = await open();
    const publicKey = await keys.generateKey('signs');
    const signature = await keys.sign('naïve ✓', 'signs');
    expect(verifySignature('naïve ✓', signature, publicKey)).toBe(true);
    expect(await keys.sign('naïve ✓', 'signs')).toBe(signature);
    expect(await (await open()).publicKey('signs')).toBe(publicKey);
    expect(keys).not.toHaveProperty('mac');
  });

  it('signs many strings concurrently, each with its own key', async () => {
    const keys = await open({ sessions: 3 });
    const ids = ['one', 'two', 'three'];
    const publicKeys = await Promise.all(ids.map((id) => keys.generateKey(id)));
    const texts = Array.from({ length: 60 }, (_, i) => `text ${i}`);
    const signatures = await Promise.all(texts.map((text, i) => keys.sign(text, ids[i % 3] as string)));
    for (const [i, text] of texts.entries())
      expect(verifySignature(text, signatures[i] as string, publicKeys[i % 3] as string)).toBe(true);
  });

  it('reports a missing key, an existing one, a wrong PIN, a wrong token and a wrong library', async () => {
    const keys = await open();
    expect(await keys.publicKey('absent')).toBeUndefined();
    await expect(keys.sign('x', 'absent')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    await keys.generateKey('present');
    await expect(keys.generateKey('present')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(open({ token: 'other' })).rejects.toMatchObject({ code: 'SIGNING_FAILED' });
    await expect(open({ library: '/nowhere.so' })).rejects.toMatchObject({ code: 'SIGNING_FAILED' });
    await expect(open({ sessions: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await keys.close();
    await expect(open({ pin: '9999' })).rejects.toMatchObject({
      code: 'SIGNING_FAILED',
      received: expect.stringContaining('CKR_PIN_INCORRECT'),
    });
  });

  it('removes a key, and notices that another process has removed it', async () => {
    const [keys, other] = [await open(), await open()];
    await keys.generateKey('gone');
    await other.sign('x', 'gone');
    expect(await keys.removeKey('gone')).toBe(true);
    expect(await keys.removeKey('gone')).toBe(false);
    await expect(other.sign('x', 'gone')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
  });

  it('gives one key to processes that generate it concurrently', async () => {
    const script = fileURLToPath(new URL('./children/generate.ts', import.meta.url));
    const outputs = await Promise.all(
      Array.from({ length: 5 }, () =>
        promisify(execFile)(process.execPath, [script, LIBRARY as string, PIN, 'shared']),
      ),
    );
    const publicKey = await (await open()).publicKey('shared');
    const results = outputs.map(({ stdout }) => stdout.trim().split(' '));
    expect(results.map(([made]) => made).sort()).toEqual(
      [...Array(4).fill('INVALID_ARGUMENT'), publicKey].sort(),
    );
    for (const [, found] of results) expect(found).toBe(publicKey);
  });

  it('generates a key although a process that was about to do so was killed', async () => {
    const keys = await open();
    const module = openModule(LIBRARY as string);
    onTestFinished(() => closeModule(LIBRARY as string));
    const session = module.C_OpenSession(slotOf(module, 'acme'), CKF_SERIAL_SESSION | CKF_RW_SESSION);
    module.C_CreateObject(session, claimTemplate('left over', Buffer.from('of another one')));
    const publicKey = await keys.generateKey('left over');
    expect(await keys.publicKey('left over')).toBe(publicKey);
  });

  it('carries a deployment: its runs are signed in the token, and their receipts verify elsewhere', async () => {
    const keys = await open();
    const deployment = await openDeployment({
      store: new MemoryTrustStore(),
      keys,
      authority: { name: 'ACME Corp' },
      agents: {
        clerk: { agent: (text: string) => text.trim(), capabilities: ['tidy'] },
        writer: { agent: (text: string) => `${text}!`, capabilities: ['write'] },
      },
    });
    const runtime = deployment.createRuntime({ patterns: [sequential] });
    const run = await runtime.execute(' hello ', {
      humanOrigin: {
        humanId: 'dave',
        displayName: 'Dave',
        authProvider: 'oidc',
        sessionId: 's',
        authenticatedAt: '2026-01-05T11:03:59+00:00',
      },
    });
    expect(run.result).toBe('hello!');
    const { id, publicKey } = deployment.authority;
    expect((await deployment.trust.verifyTrail(run.runId)).problems).toEqual([]);
    const { text } = await run.receipt();
    expect((await verifyReceipt(text, { authorities: { [id]: publicKey } })).valid).toBe(true);
    await deployment.close();
    await expect(keys.sign('x', 'any')).rejects.toMatchObject({ code: 'SIGNING_FAILED' });
  });
});
