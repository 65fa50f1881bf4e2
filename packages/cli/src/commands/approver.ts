import { establishApprover } from '@kaizen-eatp/core/durable';
import { usage } from '../errors.js';
import { fields } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Makes a person an approver of actions: an authority signs the person's public key and the actions. */
export async function establish(session: Session, given: Given): Promise<Outcome> {
  const approverId = given.argument(0);
  const actions = given.list('actions');
  const trust = await session.trust();
  const publicKey = await publicKeyOf(session, given, approverId);
  const authorityId = given.required('authority');
  const chain = await establishApprover(trust, {
    approverId,
    authorityId,
    publicKey,
    actions: [...actions],
  });
  return {
    result: {
      approver_id: approverId,
      authority_id: authorityId,
      actions,
      public_key: publicKey,
      genesis_id: chain.genesis.id,
    },
    lines: [
      'Approver established.',
      ...fields([
        ['Approver', approverId],
        ['Authority', authorityId],
        ['Approves', actions.join(', ')],
        ['Public key', publicKey],
      ]),
    ],
  };
}

/** The key of the options, or the one that the folder of keys has; a new one if it has none. */
async function publicKeyOf(session: Session, given: Given, approverId: string): Promise<string> {
  const [publicKey, keyId] = [given.text('publicKey'), given.text('key')];
  if (publicKey !== undefined && keyId !== undefined)
    throw usage('An approver has one key', { received: '--public-key and --key', remedy: 'Omit one.' });
  if (publicKey !== undefined) return publicKey;
  const found = await session.keys.publicKey(keyId ?? approverId);
  if (found !== undefined) return found;
  if (keyId === undefined) return session.keys.generateKey(approverId);
  throw usage(`There is no key '${keyId}'`, { remedy: 'List the keys: kaizen-eatp key list' });
}
