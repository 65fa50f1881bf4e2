import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileKeyManager, generateKeyPair, InMemoryKeyManager } from '@kaizen-eatp/core';
import { importPrivateKey, signText, verifySignature } from '@kaizen-eatp/core/records';
import { sodium } from '@kaizen-eatp/signer-sodium';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';

it('makes the same signatures as node:crypto, for any key and text', () => {
  const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 2_000, maxLength: 5_000 }));
  fc.assert(
    fc.property(seed, text, (bytes, message) => {
      const privateKey = Buffer.from(bytes).toString('base64');
      expect(sodium.prepare(bytes)(message)).toBe(signText(message, importPrivateKey(privateKey)));
    }),
  );
});

it('copies the private key, and keeps several keys apart', () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const signOne = sodium.prepare(one);
  const signTwo = sodium.prepare(two);
  const before = signOne('x');
  one.fill(9);
  expect(signOne('x')).toBe(before);
  expect(signTwo('x')).not.toBe(before);
});

it('signs for both key managers of core', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-sodium-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { privateKey, publicKey } = generateKeyPair();
  const managers = [
    new InMemoryKeyManager({ signer: sodium }),
    new FileKeyManager(folder, 'a long passphrase', { signer: sodium }),
  ];
  const signatures = new Set<string>();
  for (const keys of managers) {
    expect(await keys.importKey('acme', privateKey)).toBe(publicKey);
    signatures.add(await keys.sign('naïve ✓', 'acme'));
  }
  expect([...signatures]).toEqual([signText('naïve ✓', importPrivateKey(privateKey))]);
  for (const signature of signatures) expect(verifySignature('naïve ✓', signature, publicKey)).toBe(true);
});
