import { KeyError } from '@kaizen-eatp/core/errors';
import { counted, fields, table } from '../output/lines.js';
import { authoritiesOf } from '../reading/rows.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Generates a key. */
export async function gen(session: Session, given: Given): Promise<Outcome> {
  const keyId = given.argument(0);
  return made(session, keyId, await session.keys.generateKey(keyId), 'Key generated.');
}

/** Imports a private key. */
export async function importKey(session: Session, given: Given): Promise<Outcome> {
  const keyId = given.argument(0);
  const secret = seedIn(await session.secret('private key', given, 'file', 'fd'));
  const isEncrypted = secret.includes('BEGIN ENCRYPTED PRIVATE KEY');
  const passphrase = isEncrypted
    ? await session.secret('passphrase of the imported key', given, 'keyPassphraseFile', 'keyPassphraseFd')
    : undefined;
  return made(session, keyId, await session.keys.importKey(keyId, secret, passphrase), 'Key imported.');
}

/** The key itself, or that in a key file of the reference. */
function seedIn(secret: string): string {
  if (!secret.trimStart().startsWith('{')) return secret.trim();
  try {
    const { private_key } = JSON.parse(secret) as { private_key?: unknown };
    if (typeof private_key === 'string') return private_key;
  } catch {
    // The error below does not repeat what may be a secret.
  }
  throw new KeyError('BAD_KEY', 'The file holds no private key', {
    expected: 'base64 of 32 bytes, or JSON with a private_key',
    remedy: 'Pass the file that the key was written into.',
  });
}

/** Lists the private keys and their authorities. */
export async function list(session: Session): Promise<Outcome> {
  const authorities = await authoritiesOf(await session.store());
  const keys = (await session.keyList()).map(({ keyId, publicKey }) => ({
    key_id: keyId,
    public_key: publicKey ?? null,
    authorities: authorities.filter(({ signingKeyId }) => signingKeyId === keyId).map(({ id }) => id),
  }));
  return {
    result: { keys, folder: session.spec.keys, total: keys.length },
    lines: [
      `${counted(keys.length, 'key')} in ${session.spec.keys}`,
      ...table(
        ['key', 'public key', 'authorities'],
        keys.map(({ key_id, public_key, authorities: users }) => [
          key_id,
          public_key ?? 'unreadable',
          users.join(', ') || '-',
        ]),
      ),
    ],
  };
}

function made(session: Session, keyId: string, publicKey: string, title: string): Outcome {
  return {
    result: { key_id: keyId, public_key: publicKey, algorithm: 'Ed25519' },
    lines: [
      title,
      ...fields([
        ['Key', keyId],
        ['Public key', publicKey],
        ['Folder', session.spec.keys],
      ]),
    ],
  };
}
