import { createCipheriv, createPublicKey, type KeyObject, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { KeyError } from '../errors/index.js';
import { publicKeyOf } from './ed25519.js';
import { decryptPem, pemBlock } from './read-private-key.js';

// The strongest setting that OpenSSL reads within its default memory limit (16 MiB), as strong as 64 MiB once. It is the
// one that OWASP recommends for this amount of memory. A guess takes about 0.2 s.
const SCRYPT = { N: 2 ** 14, r: 8, p: 5, maxmem: 2 ** 26 };

// An EncryptedPrivateKeyInfo (RFC 5958) with PBES2 (RFC 8018), scrypt (RFC 7914) and AES-256-CBC, as
// `openssl pkcs8 -topk8 -scrypt` writes it. Node can read this form and write only a weaker one. All lengths are fixed,
// since an Ed25519 key always has 48 bytes.
const BEFORE_SALT = Buffer.from(
  '30819b305706092a864886f70d01050d304a302906092b06010401da47040b301c0410',
  'hex',
);
const BEFORE_IV = Buffer.from('02024000020108020105301d060960864801650304012a0410', 'hex');
const BEFORE_KEY = Buffer.from('0440', 'hex');

/**
 * Encrypts a private key as PEM that OpenSSL and Python's `cryptography` open too. The public key follows in clear, so that
 * a list of keys needs no passphrase and a damaged private key is noticed.
 */
export async function encryptPem(privateKey: KeyObject, passphrase: string): Promise<string> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const secret = (await promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt)(
    passphrase,
    salt,
    32,
    SCRYPT,
  )) as Buffer;
  const cipher = createCipheriv('aes-256-cbc', secret, iv);
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  const der = Buffer.concat([BEFORE_SALT, salt, BEFORE_IV, iv, BEFORE_KEY, encrypted]);
  const text = pem('ENCRYPTED PRIVATE KEY', der) + createPublicKey(privateKey).export(SPKI);
  openPem(text, passphrase);
  return text;
}

/**
 * Opens what {@link encryptPem} or another program encrypted.
 *
 * @throws KeyError `KEY_PASSPHRASE_WRONG`, or `BAD_KEY` if it is no encrypted Ed25519 key or its public key is another one.
 */
export function openPem(text: string, passphrase: string): KeyObject {
  const block = pemBlock(text, 'ENCRYPTED PRIVATE KEY');
  if (block === undefined) throw notAKeyFile('no block ENCRYPTED PRIVATE KEY');
  const key = decryptPem(block, passphrase);
  const publicKey = publicKeyInPem(text);
  if (publicKey !== undefined && publicKey !== publicKeyOf(key))
    throw notAKeyFile('a public key that does not belong to the private key');
  return key;
}

/** Returns the public key that stands in clear in a PEM text, base64 of 32 bytes. @throws KeyError `BAD_KEY`. */
export function publicKeyInPem(text: string): string | undefined {
  const block = pemBlock(text, 'PUBLIC KEY');
  if (block === undefined) return undefined;
  try {
    const key = createPublicKey(block);
    const { x = '' } = key.export({ format: 'jwk' });
    return Buffer.from(x, 'base64url').toString('base64');
  } catch (cause) {
    throw notAKeyFile('a damaged public key', cause);
  }
}

const SPKI = { format: 'pem', type: 'spki' } as const;

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;

const notAKeyFile = (received: string, cause?: unknown): KeyError =>
  new KeyError('BAD_KEY', 'The text is not an encrypted Ed25519 key', {
    expected: 'PEM with an encrypted private key (PKCS#8), and its public key if there is one',
    received,
    remedy: 'Restore the file from a backup, or generate a new key under another id.',
    ...(cause !== undefined && { cause }),
  });
