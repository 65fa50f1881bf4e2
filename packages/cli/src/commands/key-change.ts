import { notFound, usage } from '../errors.js';
import { counted, fields } from '../output/lines.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Gives an authority a new key. */
export async function rotate(session: Session, given: Given): Promise<Outcome> {
  const [authorityId, newKeyId] = [given.argument(0), given.text('key')];
  const trust = await session.trust();
  const { authority, agents } = await trust.rotateKey({
    authorityId,
    ...(newKeyId !== undefined && { newKeyId }),
  });
  return changed(session, authority, agents, 'Key rotated.');
}

/** Revokes a key. */
export async function revoke(session: Session, given: Given): Promise<Outcome> {
  const [authorityId, publicKey] = [given.argument(0), given.text('publicKey')];
  const trust = await session.trust();
  const known = await trust.getAuthority(authorityId);
  if (!known) throw notFound('authority', authorityId, 'List the authorities: kaizen-eatp authority list');
  const now = Date.now();
  const since = given.moment('since', now) as Date;
  if (since.getTime() > now)
    throw usage('`--since` is in the future', {
      expected: `a moment up to ${new Date(now).toISOString()}, or a time ago such as '2d'`,
      received: since.toISOString(),
      remedy: 'Pass the moment since when others may have had the key.',
    });
  const keep = given.list('keep');
  const kept = `${counted(keep.length, 'agent')} ${keep.length === 1 ? 'goes' : 'go'} on`;
  await session.confirm(given, `Revoke the key of ${authorityId} since ${since.toISOString()}? ${kept}.`);
  const { authority, agents } = await trust.revokeKey({
    authorityId,
    since,
    reason: given.text('reason') ?? 'by an operator',
    keep,
    ...(publicKey !== undefined && { publicKey }),
  });
  return changed(session, authority, agents, 'Key revoked.');
}

type Changed = {
  readonly id: string;
  readonly publicKey: string;
  readonly signingKeyId: string;
};

function changed(session: Session, authority: Changed, agents: readonly string[], title: string): Outcome {
  const { id, publicKey, signingKeyId } = authority;
  // The pin names the key that the authority began with: the signed rotations lead from it to the newest one.
  const { [id]: pin } = session.roots();
  if (pin) session.pin(id, { ...pin, laterKeys: [...(pin.laterKeys ?? []), publicKey] });
  return {
    result: { authority_id: id, public_key: publicKey, signing_key_id: signingKeyId, agents },
    lines: [
      title,
      ...fields([
        ['Authority', id],
        ['Public key', publicKey],
        ['Signing key', signingKeyId],
        ['Agents signed again', agents.join(', ') || 'none'],
      ]),
    ],
  };
}
