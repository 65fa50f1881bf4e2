import { KeyError } from '@kaizen-eatp/core/errors';
import { type Binding, CKR_USER_ALREADY_LOGGED_IN, CKU_USER, type Handle } from './binding.js';
import { isCode } from './module.js';

/** Finds a token by its label. @throws KeyError `SIGNING_FAILED`. */
export function slotOf(module: Binding, token: string): Handle {
  const slots = module.C_GetSlotList(true);
  const labels = slots.map((slot) => module.C_GetTokenInfo(slot).label.trim());
  const slot = slots[labels.indexOf(token)];
  if (slot !== undefined) return slot;
  throw new KeyError('SIGNING_FAILED', `There is no token '${token}'`, {
    expected: `a token with this label`,
    received: labels.filter(Boolean).join(', ') || 'no token at all',
    remedy: 'Initialize the token, or correct its label.',
  });
}

/** All sessions of a process share one login. */
/** Logs in, for all sessions of the process. */
export function logIn(module: Binding, session: Handle, pin: string): void {
  try {
    module.C_Login(session, CKU_USER, pin);
  } catch (error) {
    if (!isCode(error, CKR_USER_ALREADY_LOGGED_IN)) throw error;
  }
}

/** The error for a key that the token does not have. */
export const keyNotFound = (keyId: string): KeyError =>
  new KeyError('KEY_NOT_FOUND', `The token has no key '${keyId}'`, {
    remedy: 'Generate the key in this token, or open the token that has it.',
    evidence: { keyId },
  });

/** The error for several keys of one label. */
export const ambiguous = (keyId: string, count: number): KeyError =>
  new KeyError('BAD_KEY', `The token has several keys '${keyId}'`, {
    expected: 'one key of each label',
    received: `${count} keys`,
    remedy: 'Remove those that are not used, with the tool of the module.',
    evidence: { keyId },
  });
