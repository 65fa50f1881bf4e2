import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

/** Options of {@link Pkcs11KeyManager}. */
export interface Pkcs11KeyManagerOptions {
  /** The path of the PKCS#11 library of the module, for instance `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly library: string;
  /** The label of the token that holds the keys. */
  readonly token: string;
  /** The user PIN of the token. */
  readonly pin: string;
  /** The number of sessions, which is the number of signatures that are made concurrently. Default: 4. */
  readonly sessions?: number;
}

const options = z.strictObject({
  library: z.string().min(1),
  token: z.string().min(1).max(32),
  pin: z.string().min(1),
  sessions: z.int().min(1).max(64).default(4),
});

/** @throws InvalidArgumentError. */
export const readOptions = (given: Pkcs11KeyManagerOptions) =>
  parseOptions(options, given, 'Pkcs11KeyManager.open()');

/** @throws InvalidArgumentError for a key id that is no label. */
export function expectKeyId(keyId: string): string {
  if (typeof keyId === 'string' && keyId.length > 0 && keyId.length <= 128 && keyId.isWellFormed())
    return keyId;
  throw new InvalidArgumentError('`keyId` must be usable as a label', {
    expected: 'a string of 1 to 128 characters',
    received: typeof keyId === 'string' ? `a string of ${keyId.length} characters` : typeof keyId,
    remedy: 'Choose another id for the key.',
  });
}
