import { AUTHORITY_PERMISSIONS } from '../../chain/index.js';
import { timestampToMillis } from '../../wire/index.js';
import {
  type BelievedAuthority,
  isValidAt,
  momentOr,
  namespaceCovers,
  type PinnedRoot,
  type RevokedKey,
} from './believed-authority.js';
import { isSignedBy, type KnownStatement, rotationText, type Statement } from './statement.js';

type Of<K extends Statement['kind']> = Extract<Statement, { readonly kind: K }>;

const NO_KEYS: ReadonlyMap<string, RevokedKey> = new Map();
const NO_FIRST_KEYS: ReadonlyMap<string, string> = new Map();

/** The authorities that a deployment believes, after the statements that it has taken so far. */
export class AuthorityRegister {
  readonly #believed = new Map<string, BelievedAuthority>();
  /** Authorities that only vouch for themselves. One of them is believed once its key turns out to be the process's own. */
  readonly #candidates = new Map<string, BelievedAuthority>();

  /**
   * @param pins - the authorities that the configuration believes.
   * @param firstKeys - the first key of each of them, where the configuration names a later one.
   */
  constructor(
    private readonly pins: readonly PinnedRoot[],
    firstKeys: ReadonlyMap<string, string> = NO_FIRST_KEYS,
  ) {
    for (const {
      id,
      publicKey,
      namespaces = ['*'],
      permissions = AUTHORITY_PERMISSIONS,
      validUntil,
    } of pins) {
      this.#believed.set(id, {
        ...{ id, source: 'pinned', endorsedBy: null, namespaces, permissions },
        publicKey: firstKeys.get(id) ?? publicKey,
        validFrom: Number.NEGATIVE_INFINITY,
        validUntil: momentOr(validUntil, Number.POSITIVE_INFINITY),
        ...{ earlierKeys: [], revokedKeys: NO_KEYS, isActive: true },
      });
    }
  }

  /** Returns an authority, if it is believed. */
  get(authorityId: string): BelievedAuthority | undefined {
    return this.#believed.get(authorityId);
  }

  /** All authorities that are believed. */
  all(): Iterable<BelievedAuthority> {
    return this.#believed.values();
  }

  /** The signer of a statement, if it is believed and the key still counts. */
  signerOf({ authorityId, publicKey, at }: Statement): BelievedAuthority | undefined {
    const signer = this.#believed.get(authorityId);
    if (!signer || !isValidAt(signer, timestampToMillis(at)) || signer.revokedKeys.has(publicKey))
      return undefined;
    return signer.publicKey === publicKey || signer.earlierKeys.includes(publicKey) ? signer : undefined;
  }

  /** Believes a pinned key even if the statements do not lead to it. Called when all of them were taken. */
  keepPins(): void {
    for (const { id, publicKey } of this.pins) {
      const authority = this.#believed.get(id) as BelievedAuthority;
      const { earlierKeys, revokedKeys } = authority;
      if ([authority.publicKey, ...earlierKeys].includes(publicKey) || revokedKeys.has(publicKey)) continue;
      this.#believed.set(id, { ...authority, publicKey, earlierKeys: [authority.publicKey, ...earlierKeys] });
    }
  }

  /** Takes a statement about authorities or keys; others change nothing here. */
  take({ statement, isOwn }: KnownStatement, signer: BelievedAuthority | undefined): void {
    switch (statement.kind) {
      case 'authority_endorsed':
        return this.#endorse(statement, isOwn, signer);
      case 'key_rotated':
        return this.#rotate(statement, isOwn);
      case 'key_revoked':
        return this.#revokeKey(statement, signer);
      case 'authority_deactivated':
        return this.#setActive(statement, signer, false);
      case 'authority_reactivated':
        return this.#setActive(statement, signer, true);
      default:
    }
  }

  #endorse(
    { body, authorityId, publicKey }: Of<'authority_endorsed'>,
    isOwn: boolean,
    signer: BelievedAuthority | undefined,
  ): void {
    const known = this.#believed.get(body.authority_id);
    const isSelf = body.authority_id === authorityId;
    const endorsed: BelievedAuthority = {
      id: body.authority_id,
      source: isSelf ? 'own' : 'endorsed',
      endorsedBy: isSelf ? null : authorityId,
      namespaces: body.namespaces,
      permissions: body.permissions,
      validFrom: momentOr(body.valid_from, Number.NEGATIVE_INFINITY),
      validUntil: momentOr(body.valid_until, Number.POSITIVE_INFINITY),
      publicKey: body.public_key,
      earlierKeys: [],
      revokedKeys: NO_KEYS,
      isActive: true,
    };
    if (isSelf) {
      // Only the first counts: an authority cannot widen what it may do.
      if (known || body.public_key !== publicKey) return;
      if (isOwn) this.#believed.set(body.authority_id, endorsed);
      else if (!this.#candidates.has(body.authority_id)) this.#candidates.set(body.authority_id, endorsed);
      return;
    }
    if (!signer || signer.publicKey !== publicKey || !mayEndorse(signer, endorsed)) return;
    const isNew = !known || known.revokedKeys.has(known.publicKey);
    const isAgain = known?.endorsedBy === authorityId && known.publicKey === body.public_key;
    if (isNew)
      this.#believed.set(body.authority_id, { ...endorsed, revokedKeys: known?.revokedKeys ?? NO_KEYS });
    else if (isAgain) {
      const { earlierKeys, revokedKeys, isActive } = known;
      this.#believed.set(body.authority_id, { ...endorsed, earlierKeys, revokedKeys, isActive });
    }
  }

  #rotate({ body, authorityId, publicKey }: Of<'key_rotated'>, isOwn: boolean): void {
    const { authority_id: id, old_public_key: oldKey, new_public_key: newKey, new_signature } = body;
    const believed = this.#believed.get(id);
    const authority = believed ?? this.#candidates.get(id);
    const isByOldKey =
      authority !== undefined &&
      authorityId === id &&
      publicKey === oldKey &&
      authority.publicKey === oldKey &&
      !authority.revokedKeys.has(oldKey);
    if (!isByOldKey || !isSignedBy(rotationText(id, oldKey, newKey), new_signature, newKey)) return;
    const rotated = { ...authority, publicKey: newKey, earlierKeys: [oldKey, ...authority.earlierKeys] };
    if (believed || isOwn) this.#believed.set(id, rotated);
    else this.#candidates.set(id, rotated);
  }

  #revokeKey({ body }: Of<'key_revoked'>, signer: BelievedAuthority | undefined): void {
    const authority = this.#believed.get(body.authority_id);
    if (!authority || !signer || !governs(signer, authority)) return;
    const since = timestampToMillis(body.since);
    const known = authority.revokedKeys.get(body.public_key);
    if (known && known.since <= since) return;
    const revokedKeys = new Map(authority.revokedKeys).set(body.public_key, { since, reason: body.reason });
    const earlierKeys = authority.earlierKeys.filter((key) => key !== body.public_key);
    this.#believed.set(authority.id, { ...authority, revokedKeys, earlierKeys });
  }

  #setActive(
    { body, publicKey }: Of<'authority_deactivated'> | Of<'authority_reactivated'>,
    signer: BelievedAuthority | undefined,
    isActive: boolean,
  ): void {
    const authority = this.#believed.get(body.authority_id);
    if (!authority || !signer || !governs(signer, authority)) return;
    if (isActive && signer.publicKey !== publicKey) return;
    this.#believed.set(authority.id, { ...authority, isActive });
  }
}

/** Returns the first keys of pinned authorities that were rotated before the key that is pinned. */
export function firstKeysOf(
  pins: readonly PinnedRoot[],
  statements: readonly KnownStatement[],
): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const { id, publicKey } of pins) {
    const key = keysBefore(statements, id, publicKey).at(-1);
    if (key !== undefined) first.set(id, key);
  }
  return first;
}

/**
 * Returns the keys that an authority had before one of its keys, the newest first. Each key says itself, by its
 * signature, which key came before it.
 */
export function keysBefore(
  statements: readonly KnownStatement[],
  authorityId: string,
  publicKey: string,
): string[] {
  const replaced = new Map<string, string>();
  for (const { statement } of statements) {
    if (statement.kind !== 'key_rotated' || statement.body.authority_id !== authorityId) continue;
    const { old_public_key: oldKey, new_public_key: newKey, new_signature: signature } = statement.body;
    if (isSignedBy(rotationText(authorityId, oldKey, newKey), signature, newKey))
      replaced.set(newKey, oldKey);
  }
  const keys: string[] = [];
  let key = replaced.get(publicKey);
  while (key !== undefined && key !== publicKey && !keys.includes(key)) {
    keys.push(key);
    key = replaced.get(key);
  }
  return keys;
}

/** Whether an authority decides about the keys and the activity of another one, or of itself. */
export const governs = (signer: BelievedAuthority, authority: BelievedAuthority): boolean =>
  signer.id === authority.id ||
  (signer.isActive &&
    signer.permissions.includes('create_subordinate_authorities') &&
    (authority.endorsedBy === signer.id || signer.source === 'pinned'));

/** An authority can pass on what it has, and nothing more. */
export const mayEndorse = (
  signer: BelievedAuthority,
  endorsed: Pick<BelievedAuthority, 'namespaces' | 'permissions'>,
): boolean =>
  signer.isActive &&
  signer.permissions.includes('create_subordinate_authorities') &&
  endorsed.permissions.every((permission) => signer.permissions.includes(permission)) &&
  endorsed.namespaces.every((pattern) => signer.namespaces.some((own) => namespaceCovers(own, pattern)));
