import type { TrustedAgent } from '@kaizen-eatp/core';

/** An agent's trust, as a registry reports it. */
export interface TrustStatus {
  /** Whether there is a chain in force, unexpired. */
  readonly isTrusted: boolean;
  readonly capabilities: readonly string[];
  readonly constraints: readonly string[];
  /** The reference's chain hash; null without a chain. */
  readonly chainHash: string | null;
}

export const trustStatusOf = (agent: TrustedAgent): TrustStatus => ({
  isTrusted: agent.isTrusted,
  capabilities: agent.capabilities,
  constraints: agent.effectiveConstraints,
  chainHash: agent.trustChain?.hash() ?? null,
});
