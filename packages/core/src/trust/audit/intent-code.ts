import { timingSafeEqual } from 'node:crypto';
import type { Authority } from '../../chain/index.js';
import { isEatpError } from '../../errors/index.js';
import { redactedText } from '../../secrets/redact-hook.js';
import type { Intent } from '../../store/index.js';
import { canonicalJson } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { isSigned } from '../verify/chain-signatures.js';

const FORM = 'kaizen-eatp-intent/1';
const MAC = 'hmac-sha256:';
const SIGNATURE = 'ed25519:';

/** An intent to which no code was added yet. */
export type BareIntent = Omit<Intent, 'authorityId' | 'code'>;

/**
 * Adds the code that shows that a process with the authority's key opened an intent. @returns a promise where the key
 * manager does.
 */
export function sealIntent(
  deployment: Deployment,
  bare: BareIntent,
  authority: Authority,
): Intent | Promise<Intent> {
  const { resource } = bare;
  const intent = {
    ...bare,
    resource: resource === null ? null : redactedText(resource, deployment.settings.redact),
    authorityId: authority.id,
  };
  const text = textOf(intent);
  const { keyManager } = deployment;
  const prefix = keyManager.mac ? MAC : SIGNATURE;
  const code = keyManager.mac
    ? keyManager.mac(text, authority.signingKeyId)
    : deployment.sign(text, authority);
  return typeof code === 'string'
    ? { ...intent, code: prefix + code }
    : code.then((made) => ({ ...intent, code: prefix + made }));
}

/**
 * Whether a process with the key of a deployment's authority opened an intent. A row that another program put into the
 * table of intents has no valid code, whatever authority it names: the key manager decides, not the store.
 */
export async function isSealed(deployment: Deployment, { code, ...intent }: Intent): Promise<boolean> {
  const text = textOf(intent);
  const authority = (await deployment.readAuthorities([intent.authorityId])).get(intent.authorityId);
  if (!authority) return false;
  const { keyManager } = deployment;
  try {
    if (code.startsWith(MAC)) {
      const expected = await keyManager.mac?.(text, authority.signingKeyId);
      return expected !== undefined && isSame(code.slice(MAC.length), expected);
    }
    const publicKey = await keyManager.publicKey(authority.signingKeyId);
    const isSignature = publicKey !== undefined && code.startsWith(SIGNATURE);
    return isSignature && isSigned(text, code.slice(SIGNATURE.length), { ...authority, publicKey });
  } catch (error) {
    if (isEatpError(error, 'KEY_NOT_FOUND')) return false;
    throw error;
  }
}

const textOf = (intent: Omit<Intent, 'code'>): string => canonicalJson({ form: FORM, ...intent });

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
