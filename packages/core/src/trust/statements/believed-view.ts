import type { Authority } from '../../chain/index.js';
import type { BelievedAuthority, RevokedKey } from './believed-authority.js';

/** The keys of an authority that was made here, and all of them in one string. */
interface Keys {
  readonly list: readonly string[];
  readonly keyring: string;
}

const keysByView = new WeakMap<Authority, Keys>();

const revokedByView = new WeakMap<Authority, ReadonlyMap<string, RevokedKey>>();

interface View {
  readonly believed: BelievedAuthority;
  readonly authority: Authority;
}

const views = new WeakMap<Authority, View>();

/** The public keys with which signatures of an authority count, the newest first. */
export const keysOf = (authority: Authority): readonly string[] =>
  keysByView.get(authority)?.list ?? [authority.publicKey];

/** The keys of {@link keysOf} in one string, which is made once: the results of checks are kept under it. */
export const keyringOf = (authority: Authority): string =>
  keysByView.get(authority)?.keyring ?? authority.publicKey;

/** The keys of an authority that were revoked. What they signed counts only if it was there before, as something else shows. */
export const revokedKeysOf = (authority: Authority): ReadonlyMap<string, RevokedKey> =>
  revokedByView.get(authority) ?? NONE;

const NONE: ReadonlyMap<string, RevokedKey> = new Map();

/**
 * Returns an authority as this deployment believes it. The store says what it is called; its keys, permissions and
 * activity come from what the deployment believes, so a changed row gives no rights.
 */
export function believedView(row: Authority, believed: BelievedAuthority | undefined): Authority {
  if (!believed) return row;
  const known = views.get(row);
  if (known?.believed === believed) return known.authority;
  const { publicKey, earlierKeys, revokedKeys, permissions } = believed;
  const isActive = row.isActive && believed.isActive;
  const authority: Authority = Object.freeze({ ...row, publicKey, permissions, isActive });
  const list = [publicKey, ...earlierKeys].filter((key) => !revokedKeys.has(key));
  keysByView.set(authority, { list, keyring: list.join() });
  revokedByView.set(authority, revokedKeys);
  views.set(row, { believed, authority });
  return authority;
}

/** An authority for which its stored record alone vouches, where signatures are compared and nothing is permitted. */
export const believedAsStored = (
  { id, publicKey, permissions, isActive }: Authority,
  earlierKeys: readonly string[],
): BelievedAuthority => ({
  ...{ id, publicKey, permissions, isActive, earlierKeys },
  ...{ source: 'pinned', endorsedBy: null, namespaces: ['*'], revokedKeys: new Map() },
  validFrom: Number.NEGATIVE_INFINITY,
  validUntil: Number.POSITIVE_INFINITY,
});
