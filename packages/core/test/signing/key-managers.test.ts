import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileKeyManager, generateKeyPair, InMemoryKeyManager, type KeyManager } from '@kaizen-eatp/core';
import { verifySignature } from '@kaizen-eatp/core/records';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
const PASSPHRASE = 'correct horse';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eatp-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

const fileOf = (keyId: string): string => join(folder, `${keyId}.key.json`);
const manager = (passphrase = PASSPHRASE): FileKeyManager => new FileKeyManager(folder, passphrase);
const attempt = async (call: () => unknown): Promise<unknown> => call();

describe.each<[string, () => KeyManager & { importKey(id: string, key: string): Promise<string> }]>([
  ['InMemoryKeyManager', () => new InMemoryKeyManager()],
  ['FileKeyManager', () => manager()],
])('%s', (_name, make) => {
  it('signs with the key of the id it is asked for', async () => {
    const keys = make();
    const alice = await keys.generateKey('alice');
    const bob = await keys.generateKey('bob');
    expect(alice).not.toBe(bob);
    expect(await keys.publicKey('alice')).toBe(alice);
    const signature = await keys.sign('x', 'bob');
    expect(verifySignature('x', signature, bob)).toBe(true);
    expect(verifySignature('x', signature, alice)).toBe(false);
  });

  it('never replaces a key by generating one of the same id', async () => {
    const keys = make();
    const results = await Promise.allSettled([keys.generateKey('alice'), keys.generateKey('alice')]);
    const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(made).toEqual([await keys.publicKey('alice')]);
    await expect(keys.generateKey('alice')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await keys.publicKey('alice')).toBe(made[0]);
  });

  it('takes in an existing key', async () => {
    const pair = generateKeyPair();
    expect(await make().importKey('alice', pair.privateKey)).toBe(pair.publicKey);
  });

  it.each(['', 'AAAA', 5, undefined])('refuses %s as a key to import', async (bad) => {
    await expect(make().importKey('alice', bad as never)).rejects.toMatchObject({ code: 'BAD_KEY' });
  });

  it('says which key it does not have', async () => {
    const keys = make();
    await expect(attempt(() => keys.sign('x', 'mallory'))).rejects.toMatchObject({
      code: 'KEY_NOT_FOUND',
      message: expect.stringContaining("'mallory'"),
    });
    expect(await keys.publicKey('mallory')).toBeUndefined();
  });
});

describe('InMemoryKeyManager', () => {
  it('forgets a key; what it signed stays valid', async () => {
    const keys = new InMemoryKeyManager();
    const publicKey = await keys.generateKey('alice');
    const signature = keys.sign('x', 'alice');
    expect(keys.removeKey('alice')).toBe(true);
    expect(keys.removeKey('alice')).toBe(false);
    await expect(attempt(() => keys.sign('x', 'alice'))).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    expect(verifySignature('x', signature, publicKey)).toBe(true);
  });
});

describe('FileKeyManager', () => {
  it('writes mode 600, no trace of the seed, and reads it back in another process instance', async () => {
    const pair = generateKeyPair();
    await manager().importKey('alice', pair.privateKey);
    expect((await stat(fileOf('alice'))).mode & 0o777).toBe(0o600);
    const content = await readFile(fileOf('alice'), 'utf8');
    expect(content).not.toContain(pair.privateKey.slice(0, 12));
    expect(await readdir(folder)).toEqual(['alice.key.json']);
    const reopened = manager();
    expect(await reopened.publicKey('alice')).toBe(pair.publicKey);
    expect(verifySignature('x', await reopened.sign('x', 'alice'), pair.publicKey)).toBe(true);
  });

  it('makes its folder with mode 700', async () => {
    const inner = join(folder, 'a', 'b');
    await new FileKeyManager(inner, PASSPHRASE).generateKey('alice');
    expect((await stat(inner)).mode & 0o777).toBe(0o700);
  });

  it('does not open with another passphrase', async () => {
    await manager().generateKey('alice');
    await expect(manager('another one').sign('x', 'alice')).rejects.toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    });
    await expect(manager('another one').publicKey('alice')).rejects.toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    });
  });

  it.each(['short', '', undefined, 12345678])('refuses the passphrase %s', (passphrase) => {
    expect(() => new FileKeyManager(folder, passphrase as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it.each(['ciphertext', 'tag', 'nonce', 'public_key', 'salt'])(
    'notices a changed byte of the %s',
    async (field) => {
      await manager().generateKey('alice');
      const content = await readFile(fileOf('alice'), 'utf8');
      const start = content.indexOf(`"${field}": "`) + field.length + 5;
      const changed = content[start] === 'A' ? 'B' : 'A';
      await writeFile(fileOf('alice'), content.slice(0, start) + changed + content.slice(start + 1));
      await expect(manager().sign('x', 'alice')).rejects.toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    },
  );

  it('does not take the file of one key for another', async () => {
    await manager().generateKey('alice');
    await rename(fileOf('alice'), fileOf('bob'));
    await expect(manager().sign('x', 'bob')).rejects.toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
  });

  it.each(['', '{', '{}', '[]', '{"format":"kaizen-eatp-key/2"}'])(
    'refuses a file that says %s',
    async (content) => {
      await writeFile(fileOf('alice'), content, { mode: 0o600 });
      await expect(manager().sign('x', 'alice')).rejects.toMatchObject({ code: 'BAD_KEY' });
    },
  );

  it.each([0o640, 0o604, 0o644, 0o660, 0o601])('refuses a file of mode %o', async (mode) => {
    await writeFile(fileOf('alice'), '{}', { mode: 0o600 });
    await chmod(fileOf('alice'), mode);
    await expect(manager().sign('x', 'alice')).rejects.toMatchObject({
      code: 'KEY_FILE_UNSAFE',
      received: `mode ${mode.toString(8)}`,
    });
  });

  it('never overwrites a key', async () => {
    const publicKey = await manager().generateKey('alice');
    await expect(manager().generateKey('alice')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(manager().importKey('alice', generateKeyPair().privateKey)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await manager().publicKey('alice')).toBe(publicKey);
  });

  it('lets one of two that make the same key at once have it, and tells the other', async () => {
    const results = await Promise.allSettled([
      manager().generateKey('alice'),
      manager().generateKey('alice'),
    ]);
    const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(made).toEqual([await manager().publicKey('alice')]);
    expect(await readdir(folder)).toEqual(['alice.key.json']);
  });

  it.each([
    '../alice',
    'a/b',
    '/etc/passwd',
    '..',
    '.hidden',
    '',
    'a b',
    'a\0b',
    'a\\b',
    'x'.repeat(129),
    '-x',
    'é',
  ])('refuses the key id %j, which could name another file', async (keyId) => {
    for (const use of [
      () => manager().generateKey(keyId),
      () => manager().sign('x', keyId),
      () => manager().publicKey(keyId),
    ]) {
      await expect(use()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(await readdir(folder)).toEqual([]);
  });
});
