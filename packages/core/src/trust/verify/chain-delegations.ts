import { type Authority, type DelegationRecord, delegationSigningText } from '../../chain/index.js';
import type { ReadSet } from '../read-set.js';
import { judgeAuthority } from '../roots.js';
import { keyringOf } from '../statements/believed-view.js';
import { isSigned } from './chain-signatures.js';
import { type Denial, deny } from './denial.js';
import { type ParsedChain, Unreadable } from './parsed-records.js';
import { findReasoningDenial } from './reasoning.js';
import { findRevokedLasting } from './revocations.js';

/**
 * Judges the lasting delegations of a chain. Each must be signed by its delegator's authority, which is found through
 * the delegator's own chain, so an unknown or revoked delegator denies. A revoked delegation denies, too.
 */
export async function judgeChainDelegations(
  reads: ReadSet,
  evidence: ParsedChain,
  fresh: boolean,
): Promise<Denial | undefined> {
  const { delegations, constraintEnvelope } = evidence.chain;
  if (delegations.length === 0) return undefined;
  const demandsReasoning = constraintEnvelope?.activeConstraints.some(
    (c) => c.constraintType === 'reasoning_required',
  );
  const delegators = await delegatorAuthorities(reads, evidence);
  for (const [i, delegation] of delegations.entries()) {
    if (demandsReasoning && !delegation.reasoningTrace) {
      return deny(
        'REASONING_MISSING',
        `delegation ${delegation.id} has no reasoning trace, which a constraint demands`,
      );
    }
    const authority = delegators.get(delegation.delegatorId);
    if (!authority) {
      return deny(
        'DELEGATOR_NOT_TRUSTED',
        `delegator ${delegation.delegatorId} of ${delegation.id} has no chain in force`,
      );
    }
    const untrusted = judgeAuthority(reads.deployment, authority, delegation.delegatorId, 'create_agents');
    if (untrusted) return untrusted;
    const key = `${i}:${keyringOf(authority)}`;
    if (!fresh && evidence.goodDelegations.has(key)) continue;
    const denial = checkSignatures(delegation, authority);
    if (denial) return denial;
    evidence.goodDelegations.add(key);
  }
  return evidence.bindingDenial ?? findRevokedLasting(reads, evidence);
}

async function delegatorAuthorities(reads: ReadSet, evidence: ParsedChain): Promise<Map<string, Authority>> {
  const { delegations } = evidence.chain;
  const ids = [...new Set(delegations.map((d) => d.delegatorId))];
  await reads.need({ agentIds: ids });
  const authorityOf = new Map<string, string>();
  for (const id of ids) {
    const stored = reads.chain(id);
    const chain = stored?.active ? reads.deployment.chainEvidence(stored) : undefined;
    if (chain && !(chain instanceof Unreadable)) authorityOf.set(id, chain.chain.genesis.authorityId);
  }
  await reads.needAuthorities([...new Set(authorityOf.values())]);
  return new Map(
    [...authorityOf].flatMap(([agentId, authorityId]) => {
      const authority = reads.authority(authorityId);
      return authority ? [[agentId, authority] as const] : [];
    }),
  );
}

/** The signatures of one delegation: over the record, and over its reasoning if it has one. */
export function checkSignatures(delegation: DelegationRecord, authority: Authority): Denial | undefined {
  const { id } = delegation;
  let text: string;
  try {
    text = delegationSigningText(delegation);
  } catch (error) {
    return deny('DELEGATION_SIGNATURE_INVALID', (error as Error).message);
  }
  if (!isSigned(text, delegation.signature, authority)) {
    return deny('DELEGATION_SIGNATURE_INVALID', `delegation ${id} is not as it was signed`);
  }
  return findReasoningDenial(delegation, authority);
}
