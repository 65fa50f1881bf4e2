import { createPrivateKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { describe, KeyError } from '../errors/index.js';
import { parseOptions, textField } from '../wire/index.js';
import { importPrivateKey } from './ed25519.js';
import type { KeyImportOptions } from './key-manager.js';

const importOptions = z.strictObject({ passphrase: textField.optional() });

/**
 * Reads a private key: base64 of the 32-byte seed, or PEM in PKCS#8 form, encrypted or not.
 *
 * @throws KeyError `BAD_KEY`, or `KEY_PASSPHRASE_WRONG` if an encrypted key cannot be decrypted.
 */
export function readPrivateKey(given: string, options: KeyImportOptions): KeyObject {
  const { passphrase } = parseOptions(importOptions, options, 'importKey()');
  if (typeof given !== 'string' || !given.includes('-----BEGIN')) {
    if (passphrase !== undefined) throw notEncrypted('a key that is not PEM');
    return importPrivateKey(given);
  }
  const block = pemBlock(given, 'ENCRYPTED PRIVATE KEY');
  if (block !== undefined) return decryptPem(block, passphrase ?? '');
  if (passphrase !== undefined) throw notEncrypted('PEM without an encrypted private key');
  return expectEd25519(() => createPrivateKey(pemBlock(given, 'PRIVATE KEY') ?? ''));
}

/** Returns the first block of a PEM text that has this label. */
export const pemBlock = (text: string, label: string): string | undefined =>
  text.match(new RegExp(`-----BEGIN ${label}-----[A-Za-z0-9+/=\\s]*-----END ${label}-----`))?.[0];

/** @throws KeyError `KEY_PASSPHRASE_WRONG`, or `BAD_KEY` for a key of another kind. */
export function decryptPem(block: string, passphrase: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: block, format: 'pem', passphrase });
  } catch (cause) {
    throw new KeyError('KEY_PASSPHRASE_WRONG', 'The private key cannot be decrypted', {
      expected: 'the passphrase that it was encrypted with, and an unchanged text',
      remedy: 'Correct the passphrase. If it is right, the key was changed: restore it from a backup.',
      cause,
    });
  }
  return expectEd25519(() => key);
}

function expectEd25519(read: () => KeyObject): KeyObject {
  let cause: unknown;
  let kind = 'PEM that holds no such key';
  try {
    const key = read();
    if (key.asymmetricKeyType === 'ed25519') return key;
    kind = `a key of type ${key.asymmetricKeyType}`;
  } catch (error) {
    cause = error;
  }
  throw new KeyError('BAD_KEY', 'The private key must be an Ed25519 key', {
    expected: 'an Ed25519 private key as PEM (PKCS#8)',
    received: kind,
    remedy: 'Pass a key as `openssl genpkey -algorithm ed25519` writes it.',
    ...(cause !== undefined && { cause }),
  });
}

const notEncrypted = (received: string): KeyError =>
  new KeyError('BAD_KEY', 'A passphrase was given for a key that is not encrypted', {
    expected: 'PEM with a block ENCRYPTED PRIVATE KEY',
    received: describe(received),
    remedy: 'Omit `passphrase`, or pass the encrypted key.',
  });
