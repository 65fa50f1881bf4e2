import { type Authority, authorityCodec } from '../../chain/index.js';
import { AuthorityError, InvalidArgumentError } from '../../errors/index.js';
import type { StoredAuthority } from '../../store/index.js';
import { type Timestamp, timestampToMillis } from '../../wire/index.js';
import { recorderAgentOf } from '../audit/recorder.js';
import type { Deployment } from '../deployment.js';
import { ensureKey, newKeyId } from '../ensure-key.js';
import { commitStatements, holdsKey } from '../statements/append-statements.js';
import { rotationText, type StatementDraft } from '../statements/statement.js';
import { governorOf } from './authorities.js';
import { renewChains } from './renew-chains.js';
import {
  parseRevokeKeyRequest,
  parseRotateKeyRequest,
  type RevokeKeyRequest,
  type RotateKeyRequest,
} from './rotate-key-request.js';

/** The outcome of a rotation. */
export interface RotationReport {
  /** The authority with its new key. */
  readonly authority: Authority;
  /** The agents whose chains were signed again with the new key. */
  readonly agents: readonly string[];
}

/**
 * Gives an authority a new key, and signs the chains of its agents again. Signatures of the old key stay valid until it
 * is revoked.
 */
export async function rotateKey(deployment: Deployment, given: RotateKeyRequest): Promise<RotationReport> {
  const { authorityId, newKeyId: wanted } = parseRotateKeyRequest(given);
  const authority = await rotate(deployment, authorityId, wanted ?? newKeyId(authorityId));
  return { authority, agents: await renewChains(deployment, authority, () => true) };
}

/**
 * Ends the validity of a key from a moment on. Where it is the current key, the authority gets a new one in the same
 * step, which signs the chains of the agents that the caller names.
 */
export async function revokeKey(deployment: Deployment, given: RevokeKeyRequest): Promise<RotationReport> {
  const { authorityId, since, reason, keep = [], ...request } = parseRevokeKeyRequest(given);
  expectPast(deployment, since);
  const before = await deployment.signingAuthority(authorityId);
  const publicKey = request.publicKey ?? before.publicKey;
  const revoked: StatementDraft = {
    kind: 'key_revoked',
    body: { authority_id: authorityId, public_key: publicKey, since, reason },
  };
  if (publicKey !== before.publicKey || !(await holdsKey(deployment, before))) {
    await commitStatements(deployment, async () => ({
      drafts: [revoked],
      signer: await governorOf(deployment, authorityId, 'revoke its key'),
    }));
    return {
      authority: (await deployment.readAuthorities([authorityId])).get(authorityId) ?? before,
      agents: [],
    };
  }
  const kept = new Set([...keep, recorderAgentOf(authorityId)]);
  // Before the key is revoked, since nothing that it signed can be verified afterwards.
  const authority = await rotate(deployment, authorityId, newKeyId(authorityId));
  const agents = await renewChains(deployment, authority, (agentId) => kept.has(agentId));
  await commitStatements(deployment, () => ({ drafts: [revoked], signer: authority }));
  return { authority, agents };
}

/** A key that is revoked from a later moment on would go on counting, while its owner takes it for revoked. */
function expectPast(deployment: Deployment, since: Timestamp): void {
  const now = deployment.now();
  if (timestampToMillis(since) <= now) return;
  throw new InvalidArgumentError('`since` is in the future', {
    expected: `a moment up to ${deployment.timestampOf(now)}`,
    received: since,
    remedy: 'Pass the moment since when others may have had the key. To change a key later, rotate it then.',
  });
}

async function rotate(deployment: Deployment, authorityId: string, keyId: string): Promise<Authority> {
  const newKey = await ensureKey(deployment.keyManager, keyId);
  await commitStatements(deployment, async () => {
    const before = await deployment.signingAuthority(authorityId);
    const missing = deployment.keys.expect(before);
    if (missing) await missing;
    if (newKey === before.publicKey) throw sameKey(authorityId);
    const [row] = (await deployment.store.readAuthorities([authorityId])) as [StoredAuthority];
    const next: Authority = {
      ...before,
      publicKey: newKey,
      signingKeyId: keyId,
      updatedAt: deployment.timestamp(),
    };
    const text = rotationText(authorityId, before.publicKey, newKey);
    const body = {
      authority_id: authorityId,
      old_public_key: before.publicKey,
      new_public_key: newKey,
      new_key_id: keyId,
      new_signature: await deployment.sign(text, next),
    };
    return {
      drafts: [{ kind: 'key_rotated', body }],
      signer: before,
      writes: [
        { op: 'put_authority', authorityId, text: authorityCodec.encodeText(next), ifVersion: row.version },
      ],
    };
  });
  return deployment.expectToSign(
    authorityId,
    (await deployment.readAuthorities([authorityId])).get(authorityId),
  );
}

const sameKey = (authorityId: string): AuthorityError =>
  new AuthorityError('AUTHORITY_NOT_PERMITTED', `Authority '${authorityId}' has this key already`, {
    expected: 'the id of a new key',
    received: 'the id of its current key',
    remedy: 'Omit `newKeyId` to generate a new key.',
    evidence: { authorityId },
  });
