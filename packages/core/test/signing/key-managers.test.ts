import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileKeyManager, generateKeyPair, InMemoryKeyManager, type KeyManager } from '@kaizen-eatp/core';
import type { KeyManagerOptions } from '@kaizen-eatp/core/plugin';
import { verifySignature } from '@kaizen-eatp/core/records';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
const PASSPHRASE = 'correct horse';
/** Computed by Python's cryptography: HMAC-SHA-256 of 'x' under HKDF-SHA-256 of 32 bytes 07. */
const EXPECTED_MAC = 'JXjIRYQ6P6TP7sGmnLdQHn9PQlcPROjLF7Se0xK9ap8=';
const PYTHON = fileURLToPath(new URL('../../../../.venv/bin/python', import.meta.url));
const CORE = new URL('../../dist/index.js', import.meta.url).href;

function runNode(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.on('error', reject).on('close', () => resolve(output));
  });
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eatp-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

const fileOf = (keyId: string): string => join(folder, `${keyId}.key.pem`);
const manager = (passphrase = PASSPHRASE): FileKeyManager => new FileKeyManager(folder, passphrase);
const attempt = async (call: () => unknown): Promise<unknown> => call();

type ImportingKeyManager = KeyManager & Pick<FileKeyManager, 'importKey'>;
describe.each<[string, (options?: KeyManagerOptions) => ImportingKeyManager]>([
  ['InMemoryKeyManager', (options) => new InMemoryKeyManager(options)],
  ['FileKeyManager', (options) => new FileKeyManager(folder, PASSPHRASE, options)],
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

  it('imports an existing key as a seed, as PEM and as encrypted PEM', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const form = { format: 'pem', type: 'pkcs8' } as const;
    const plain = privateKey.export(form) as string;
    const encrypted = privateKey.export({ ...form, cipher: 'aes-256-cbc', passphrase: 'old' }) as string;
    const expected = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url').toString(
      'base64',
    );
    const keys = make();
    expect(await keys.importKey('a', plain)).toBe(expected);
    expect(await keys.importKey('b', encrypted, { passphrase: 'old' })).toBe(expected);
    const pair = generateKeyPair();
    expect(await keys.importKey('c', pair.privateKey)).toBe(pair.publicKey);
    for (const [key, options, code] of [
      [encrypted, { passphrase: 'wrong' }, 'KEY_PASSPHRASE_WRONG'],
      [encrypted, {}, 'KEY_PASSPHRASE_WRONG'],
      [plain, { passphrase: 'old' }, 'BAD_KEY'],
      [pair.privateKey, { passphrase: 'old' }, 'BAD_KEY'],
      [plain, { pass: 'old' }, 'INVALID_ARGUMENT'],
    ] as const)
      await expect(keys.importKey('d', key, options as object)).rejects.toMatchObject({ code });
    expect(await keys.publicKey('d')).toBeUndefined();
  });

  it('never lets an import replace another key', async () => {
    const keys = make();
    const publicKey = await keys.generateKey('alice');
    await expect(keys.importKey('alice', generateKeyPair().privateKey)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await keys.publicKey('alice')).toBe(publicKey);
  });

  it('authenticates text with a code that depends on the key and nothing else', async () => {
    const keys = make();
    await keys.importKey('alice', Buffer.alloc(32, 7).toString('base64'));
    await keys.generateKey('bob');
    expect(await keys.mac?.('x', 'alice')).toBe(EXPECTED_MAC);
    expect(await keys.mac?.('y', 'alice')).not.toBe(EXPECTED_MAC);
    expect(await keys.mac?.('x', 'bob')).not.toBe(EXPECTED_MAC);
    await expect(attempt(() => keys.mac?.('x', 'mallory'))).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
  });

  it('removes a key; what it signed stays valid', async () => {
    const keys = make();
    const publicKey = await keys.generateKey('alice');
    const signature = await keys.sign('x', 'alice');
    expect(await keys.removeKey?.('alice')).toBe(true);
    expect(await keys.removeKey?.('alice')).toBe(false);
    await expect(attempt(() => keys.sign('x', 'alice'))).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    expect(verifySignature('x', signature, publicKey)).toBe(true);
  });

  it('signs by the library that it is given', async () => {
    const seeds: string[] = [];
    const keys = make({
      signer: {
        prepare: (seed) => {
          seeds.push(Buffer.from(seed).toString('base64'));
          return (text) => `signed ${text}`;
        },
      },
    });
    const seed = generateKeyPair().privateKey;
    await keys.importKey('alice', seed);
    expect(await keys.sign('x', 'alice')).toBe('signed x');
    expect(seeds).toEqual([seed]);
  });

  it('refuses a signer that cannot sign, and unknown options', () => {
    for (const options of [{ signer: {} }, { signers: 1 }])
      expect(() => make(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
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

describe('FileKeyManager', () => {
  it('writes mode 600, no trace of the seed, and reads it back in another process instance', async () => {
    const pair = generateKeyPair();
    await manager().importKey('alice', pair.privateKey);
    expect((await stat(fileOf('alice'))).mode & 0o777).toBe(0o600);
    const content = await readFile(fileOf('alice'), 'utf8');
    expect(content).not.toContain(pair.privateKey.slice(0, 12));
    expect(await readdir(folder)).toEqual(['alice.key.pem']);
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

  it('adds no key under another passphrase than that of the keys that are there', async () => {
    await manager().generateKey('alice');
    await writeFile(fileOf('aaa'), 'damaged', { mode: 0o600 });
    await expect(manager('another one').generateKey('bob')).rejects.toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    });
    expect(await readdir(folder)).toHaveLength(2);
    await manager().generateKey('bob');
    expect(await readdir(folder)).toHaveLength(3);
  });

  it.each(['short', '', undefined, 12345678])('refuses the passphrase %s', (passphrase) => {
    expect(() => new FileKeyManager(folder, passphrase as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('notices any changed character of a file, or reads the same key', async () => {
    const publicKey = await manager().generateKey('alice');
    const content = await readFile(fileOf('alice'), 'utf8');
    const places = Array.from({ length: 12 }, (_, i) => Math.floor((i * content.length) / 12) + 1);
    for (const place of places) {
      const changed = content[place] === 'A' ? 'B' : 'A';
      await writeFile(fileOf('alice'), content.slice(0, place) + changed + content.slice(place + 1));
      const read = await manager()
        .publicKey('alice')
        .catch(({ code }) => code);
      expect(['BAD_KEY', 'KEY_PASSPHRASE_WRONG', publicKey], `character ${place}`).toContain(read);
    }
  });

  it('refuses a file whose public key belongs to another private key', async () => {
    await manager().generateKey('alice');
    await manager().generateKey('bob');
    const alice = await readFile(fileOf('alice'), 'utf8');
    const bob = await readFile(fileOf('bob'), 'utf8');
    const start = (text: string): number => text.indexOf('-----BEGIN PUBLIC KEY');
    await writeFile(fileOf('alice'), alice.slice(0, start(alice)) + bob.slice(start(bob)));
    await expect(manager().sign('x', 'alice')).rejects.toMatchObject({
      code: 'BAD_KEY',
      message: expect.stringContaining("'alice'"),
    });
  });

  it.each(['', '{', '-----BEGIN PRIVATE KEY-----', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'])(
    'refuses a file that says %j',
    async (content) => {
      await writeFile(fileOf('alice'), content, { mode: 0o600 });
      await expect(manager().sign('x', 'alice')).rejects.toMatchObject({ code: 'BAD_KEY' });
    },
  );

  it('refuses the encrypted key of another algorithm, and a key that is not encrypted', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const plain = generateKeyPairSync('ed25519').privateKey;
    const form = { format: 'pem', type: 'pkcs8' } as const;
    const cases = [
      other.export({ ...form, cipher: 'aes-256-cbc', passphrase: PASSPHRASE }),
      plain.export(form),
    ];
    for (const content of cases) {
      await writeFile(fileOf('alice'), content, { mode: 0o600 });
      await expect(manager().sign('x', 'alice')).rejects.toMatchObject({ code: 'BAD_KEY' });
    }
  });

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
    expect(await readdir(folder)).toEqual(['alice.key.pem']);
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

  it('does not find a key under another spelling of its id', async () => {
    await manager().generateKey('alice');
    expect(await manager().publicKey('Alice')).toBeUndefined();
  });

  it.each([0o770, 0o707, 0o777, 0o1777, 0o720])('refuses a folder of mode %o', async (mode) => {
    const publicKey = await manager().generateKey('alice');
    await chmod(folder, mode);
    const uses = [
      () => manager().sign('x', 'alice'),
      () => manager().generateKey('bob'),
      () => FileKeyManager.listKeys(folder),
      () => manager().removeKey('alice'),
    ];
    for (const use of uses) await expect(use()).rejects.toMatchObject({ code: 'KEY_FILE_UNSAFE' });
    await chmod(folder, 0o700);
    expect(await manager().publicKey('alice')).toBe(publicKey);
  });

  it('refuses a folder inside one that others can write to, and a dangling link', async () => {
    const inner = join(folder, 'open', 'keys');
    await mkdir(inner, { recursive: true });
    await chmod(join(folder, 'open'), 0o777);
    await symlink(inner, join(folder, 'link'));
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
    for (const path of [inner, join(folder, 'link'), join(folder, 'dangling')])
      await expect(new FileKeyManager(path, PASSPHRASE).publicKey('alice')).rejects.toMatchObject({
        code: 'KEY_FILE_UNSAFE',
      });
  });

  it.runIf(process.getuid?.() === 0)('refuses a folder and a file of another user', async () => {
    await manager().generateKey('alice');
    await chown(fileOf('alice'), 4242, 4242);
    await expect(manager().sign('x', 'alice')).rejects.toMatchObject({ code: 'KEY_FILE_UNSAFE' });
    await chown(fileOf('alice'), 0, 0);
    await chown(folder, 4242, 4242);
    await expect(manager().sign('x', 'alice')).rejects.toMatchObject({ code: 'KEY_FILE_UNSAFE' });
    await chown(folder, 0, 0);
  });

  it('lists keys without a passphrase', async () => {
    expect(await FileKeyManager.listKeys(join(folder, 'absent'))).toEqual([]);
    const bob = await manager().generateKey('bob');
    const alice = await manager().generateKey('alice');
    await writeFile(fileOf('damaged'), 'nothing', { mode: 0o600 });
    await writeFile(join(folder, 'notes.txt'), 'nothing', { mode: 0o600 });
    expect(await FileKeyManager.listKeys(folder)).toEqual([
      { keyId: 'alice', publicKey: alice },
      { keyId: 'bob', publicKey: bob },
      { keyId: 'damaged', publicKey: undefined },
    ]);
  });

  it('exports a key in the form that is asked for', async () => {
    const pair = generateKeyPair();
    await manager().importKey('alice', pair.privateKey);
    expect(await manager().exportKey('alice', { unencrypted: 'seed' })).toBe(pair.privateKey);
    const other = new InMemoryKeyManager();
    const plain = await manager().exportKey('alice', { unencrypted: 'pem' });
    expect(await other.importKey('plain', plain)).toBe(pair.publicKey);
    const encrypted = await manager().exportKey('alice', { passphrase: 'for the backup' });
    expect(await other.importKey('backup', encrypted, { passphrase: 'for the backup' })).toBe(pair.publicKey);
    for (const options of [{}, { passphrase: 'short' }, { passphrase: 'long enough', unencrypted: 'pem' }])
      await expect(manager().exportKey('alice', options as object)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    await expect(manager().exportKey('bob', { unencrypted: 'pem' })).rejects.toMatchObject({
      code: 'KEY_NOT_FOUND',
    });
  });

  it('changes the passphrase of all keys, and finishes a change that was interrupted', async () => {
    const keys = manager();
    const alice = await keys.generateKey('alice');
    const bob = await keys.generateKey('bob');
    const NEXT = 'another passphrase';
    const before = await readFile(fileOf('alice'), 'utf8');
    expect(await keys.changePassphrase(NEXT)).toEqual(['alice', 'bob']);
    expect(await keys.generateKey('carol')).toBe(await manager(NEXT).publicKey('carol'));
    expect(await manager(NEXT).publicKey('alice')).toBe(alice);
    await expect(manager().publicKey('bob')).rejects.toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    await writeFile(fileOf('alice'), before);
    expect(await manager().changePassphrase(NEXT)).toEqual(['alice']);
    expect(await manager(NEXT).publicKey('alice')).toBe(alice);
    expect(await manager(NEXT).publicKey('bob')).toBe(bob);
    await expect(manager('a third one').changePassphrase('a fourth one')).rejects.toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    });
    expect(await manager(NEXT).publicKey('alice')).toBe(alice);
    expect((await stat(fileOf('alice'))).mode & 0o777).toBe(0o600);
  });
});

describe('a key file', () => {
  it('is opened by OpenSSL', async () => {
    const publicKey = await manager().generateKey('alice');
    const der = execFileSync('openssl', [
      ...['pkey', '-in', fileOf('alice'), '-passin', `pass:${PASSPHRASE}`, '-pubout', '-outform', 'DER'],
    ]);
    expect(der.subarray(12).toString('base64')).toBe(publicKey);
  });

  it("is opened by Python's cryptography, and one that Python wrote by FileKeyManager", async () => {
    const publicKey = await manager().generateKey('alice');
    const script = `
import base64, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import *
folder, passphrase = sys.argv[1], sys.argv[2].encode()
raw = lambda key: base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
alice = load_pem_private_key(open(folder + "/alice.key.pem", "rb").read(), passphrase)
bob = Ed25519PrivateKey.generate()
pem = bob.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
open(folder + "/bob.key.pem", "wb").write(pem)
print(raw(alice), raw(bob), base64.b64encode(alice.sign(b"x")).decode(), base64.b64encode(alice.private_bytes_raw()).decode())
`;
    const output = execFileSync(PYTHON, ['-c', script, folder, PASSPHRASE], { encoding: 'utf8' });
    const [alice, bob, signature, seed] = output.trim().split(' ');
    await chmod(fileOf('bob'), 0o600);
    expect(alice).toBe(publicKey);
    expect(await manager().sign('x', 'alice')).toBe(signature);
    expect(await manager().publicKey('bob')).toBe(bob);
    expect(await manager().exportKey('alice', { unencrypted: 'seed' })).toBe(seed);
  });

  it('is made by one of eight processes that generate the same key concurrently', async () => {
    const script = `
import { FileKeyManager } from ${JSON.stringify(CORE)};
const keys = new FileKeyManager(process.argv[1], process.argv[2]);
await keys.generateKey('shared').then((key) => console.log('made', key), ({ code }) => console.log(code));
console.log('finds', await keys.publicKey('shared'));`;
    const outputs = await Promise.all(
      Array.from({ length: 8 }, () => runNode(['--input-type=module', '-e', script, folder, PASSPHRASE])),
    );
    const publicKey = await manager().publicKey('shared');
    const lines = outputs.map((output) => output.trim().split('\n'));
    expect(lines.map(([first]) => first).sort()).toEqual([
      ...Array(7).fill('INVALID_ARGUMENT'),
      `made ${publicKey}`,
    ]);
    expect(new Set(lines.map(([, second]) => second))).toEqual(new Set([`finds ${publicKey}`]));
    expect(await readdir(folder)).toEqual(['shared.key.pem']);
  });
});
