import type { StoredChain } from '../../store/index.js';
import { sha256Hex } from '../../wire/index.js';
import { type ParsedChain, Unreadable } from '../verify/parsed-records.js';
import type { RecordCache } from '../verify/record-cache.js';
import type { TrustState } from './trust-state.js';

type Chains = RecordCache<ParsedChain | Unreadable>;

/**
 * Returns a chain as it counts: not active if its agent was revoked, or if it was replaced by another one, whatever its
 * row says; undefined if it has ended and its agent was reinstated since.
 */
export function chainInForce(
  stored: StoredChain | undefined,
  state: TrustState,
  chains: Chains,
): StoredChain | undefined {
  if (!stored) return undefined;
  if (!stored.active) return isForgivenChain(stored, state, chains) ? undefined : stored;
  if (state.revokedAgent(stored.agentId)) return { ...stored, active: false };
  if (!state.hasEndedChains) return stored;
  const evidence = chains.get(stored.agentId, stored.text);
  const isEnded = !(evidence instanceof Unreadable) && state.isEndedChain(evidence.stateHash);
  return isEnded ? { ...stored, active: false } : stored;
}

/** Whether a chain has ended and its agent was reinstated since. */
export const isForgivenChain = (row: StoredChain, state: TrustState, chains: Chains): boolean =>
  state.hasEndedChains && !state.revokedAgent(row.agentId) && state.isForgivenChain(endHashOf(row, chains));

/** The hash by which statements name a chain that has ended. */
export function endHashOf(row: StoredChain, chains: Chains): string {
  const evidence = chains.get(row.agentId, row.text);
  return evidence instanceof Unreadable ? sha256Hex(row.text) : evidence.stateHash;
}
