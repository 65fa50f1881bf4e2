import { TrustLineageChain } from '@kaizen-eatp/core/records';
import { notFound, usage } from '../errors.js';
import { counted, fields } from '../output/lines.js';
import { chainFault } from '../reading/chain-fault.js';
import { chainsOf } from '../reading/chains.js';
import { attempt } from '../reading/rows.js';
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
  const kept = `${counted(keep.length, 'agent')} ${keep.length === 1 ? 'goes' : 'go'} on, others that it signed can do nothing any more`;
  await session.confirm(given, `Revoke the key of ${authorityId} since ${since.toISOString()}? ${kept}.`);
  const { authority, agents } = await trust.revokeKey({
    authorityId,
    since,
    reason: given.text('reason') ?? 'by an operator',
    keep,
    ...(publicKey !== undefined && { publicKey }),
  });
  const ended = await endedAgents(session, authorityId);
  return changed(session, authority, agents, 'Key revoked.', {
    revokedKey: publicKey ?? known.publicKey,
    ended,
  });
}

type Changed = {
  readonly id: string;
  readonly publicKey: string;
  readonly signingKeyId: string;
};

/** The agents of an authority whose chains a revoked key signed. */
async function endedAgents(session: Session, authorityId: string): Promise<string[]> {
  const trust = await session.trust();
  const agents: string[] = [];
  for await (const { agentId, active, text } of chainsOf(await session.store())) {
    const chain = active ? attempt(() => TrustLineageChain.parse(text)) : undefined;
    if (chain?.genesis.authorityId !== authorityId) continue;
    if ((await chainFault(trust, agentId))?.code === 'SIGNING_KEY_REVOKED') agents.push(agentId);
  }
  return agents;
}

interface KeyEnd {
  /** The key that counts no more. */
  readonly revokedKey: string;
  /** The agents that were not signed again. */
  readonly ended: readonly string[];
}

function changed(
  session: Session,
  authority: Changed,
  agents: readonly string[],
  title: string,
  end?: KeyEnd,
): Outcome {
  const { id, publicKey, signingKeyId } = authority;
  // The pin names the key that the authority began with: the signed rotations lead from it to the newest one.
  const { [id]: pin } = session.roots();
  if (pin) {
    const { laterKeys = [], revokedKeys = [] } = pin;
    session.pin(id, {
      ...pin,
      laterKeys: laterKeys.includes(publicKey) ? laterKeys : [...laterKeys, publicKey],
      ...(end && { revokedKeys: [...revokedKeys, end.revokedKey] }),
    });
  }
  return {
    result: {
      authority_id: id,
      public_key: publicKey,
      signing_key_id: signingKeyId,
      agents,
      ...(end && { ended_agents: end.ended }),
    },
    lines: [
      title,
      ...fields([
        ['Authority', id],
        ['Public key', publicKey],
        ['Signing key', signingKeyId],
        ['Agents signed again', agents.join(', ') || 'none'],
        ['Agents that can do nothing any more', end && (end.ended.join(', ') || 'none')],
      ]),
      ...(end && end.ended.length > 0
        ? ['To let one of them work again: kaizen-eatp revoke agent, agent reinstate, agent establish.']
        : []),
    ],
  };
}
