import type { AuthorityPermission } from '../../chain/index.js';
import { timestampToMillis } from '../../wire/index.js';

/** An authority that a deployment believes, and how far. */
export interface BelievedAuthority {
  /** The id of the authority. */
  readonly id: string;
  /** Why it is believed: it is pinned, its key is in this process's key manager, or another authority endorsed it. */
  readonly source: 'pinned' | 'own' | 'endorsed';
  /** The authority that endorsed it; null for one that is pinned or the process's own. */
  readonly endorsedBy: string | null;
  /** The ids of agents that it can speak for, exact or with one `*`. */
  readonly namespaces: readonly string[];
  /** The permissions of the authority. */
  readonly permissions: readonly AuthorityPermission[];
  /** From when it is believed, in milliseconds since the epoch. */
  readonly validFrom: number;
  /** Until when it is believed, in milliseconds since the epoch. */
  readonly validUntil: number;
  /** The key that it signs with now. */
  readonly publicKey: string;
  /** Earlier keys whose signatures still count. */
  readonly earlierKeys: readonly string[];
  /** The keys that were revoked, with the time from which their signatures do not count. */
  readonly revokedKeys: ReadonlyMap<string, RevokedKey>;
  /** Whether it can sign. */
  readonly isActive: boolean;
}

/** A key whose signatures do not count from a moment on. */
export interface RevokedKey {
  /** The time since when the key is not the authority's alone, in milliseconds since the epoch. */
  readonly since: number;
  /** Why it was revoked. */
  readonly reason: string;
}

/** An authority that the configuration of a deployment believes. */
export interface PinnedRoot {
  /** The id of the authority. */
  readonly id: string;
  /** Its public key: base64 of 32 bytes. */
  readonly publicKey: string;
  /** The ids of agents that it can speak for, exact or with one `*`. Default: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** The permissions of the authority. Default: all. */
  readonly permissions?: readonly AuthorityPermission[] | undefined;
  /** Until when it is believed. Default: without end. */
  readonly validUntil?: string | null | undefined;
}

/** Whether a pattern of agent ids with at most one `*` covers an id, or another such pattern. */
export function namespaceCovers(pattern: string, agentId: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === agentId;
  const prefix = pattern.slice(0, star);
  const suffix = pattern.slice(star + 1);
  return (
    agentId.length >= prefix.length + suffix.length && agentId.startsWith(prefix) && agentId.endsWith(suffix)
  );
}

/** Whether an authority can speak for an agent. */
export const speaksFor = ({ namespaces }: BelievedAuthority, agentId: string): boolean =>
  namespaces.some((pattern) => namespaceCovers(pattern, agentId));

/** Whether an authority is believed at a moment. */
export const isValidAt = ({ validFrom, validUntil }: BelievedAuthority, at: number): boolean =>
  at >= validFrom && at <= validUntil;

/** Returns a time in milliseconds since the epoch, or what stands for none. */
export const momentOr = (timestamp: string | null | undefined, otherwise: number): number =>
  timestamp ? timestampToMillis(timestamp) : otherwise;
