import type { DelegationRecord } from '@kaizen-eatp/core';
import { jsonMember, TrustLineageChain } from '@kaizen-eatp/core/records';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { chainsOf } from './chains.js';
import { attempt } from './rows.js';

/** A delegation in the chain of its delegatee. */
export interface LastingDelegation {
  /** The agent whose chain holds it. */
  readonly agentId: string;
  /** The delegation. */
  readonly record: DelegationRecord;
  /** Whether the chain exists because of this delegation. */
  readonly derives: boolean;
}

/** Reads the lasting delegations of all chains in force. */
export async function* lastingDelegations(store: TrustStore): AsyncGenerator<LastingDelegation> {
  for await (const stored of chainsOf(store)) {
    const chain = stored.active ? attempt(() => TrustLineageChain.parse(stored.text)) : undefined;
    for (const record of chain?.delegations ?? []) {
      const derives = jsonMember(chain?.genesis.metadata, 'delegation_id') === record.id;
      yield { agentId: stored.agentId, record, derives };
    }
  }
}
