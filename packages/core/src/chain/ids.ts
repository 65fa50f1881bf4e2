import { randomUuid } from '#crypto';
import { sha256Hex } from '../wire/index.js';

/** The first part of an id, which names the kind of the record. */
export type IdPrefix = 'gen' | 'cap' | 'del' | 'aud' | 'env' | 'con' | 'run' | 'orch';

/** Returns a new id: a prefix and a random UUID. */
export const newId = (prefix: IdPrefix): string => `${prefix}-${randomUuid()}`;

/** Returns the default id of an agent: `agent-` and its name. */
export const agentIdFor = (name: string): string => `agent-${name}`;

/**
 * The id of the capability that a delegation derives for its delegatee. It depends only on the delegation and the
 * capability, so that revoking the delegation finds it even after the reference has rewritten the chain. In the form of
 * a UUIDv4.
 */
export function derivedCapabilityId(delegationId: string, capability: string): string {
  const hex = sha256Hex(`derived-capability\n${delegationId}\n${capability}`);
  const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
  return `cap-${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
