import { InvalidArgumentError, KeyError } from '../errors/index.js';

/** Returns the error for a private key that the key manager does not hold. */
export function keyNotFound(keyId: string): KeyError {
  return new KeyError('KEY_NOT_FOUND', `The key manager has no key '${keyId}'`, {
    remedy: 'Generate or import the key in the key manager that TrustOperations uses.',
    evidence: { keyId },
  });
}

/** Returns the error for a key id that is taken. */
export function keyExists(keyId: string, where: string): InvalidArgumentError {
  return new InvalidArgumentError(`${where} already has a key '${keyId}'`, {
    received: `'${keyId}'`,
    remedy: 'Choose another id: a key is never replaced.',
  });
}
