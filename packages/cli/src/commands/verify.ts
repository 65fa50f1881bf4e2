import type { VerificationLevel } from '@kaizen-eatp/core';
import { describeDenial, TrustChainNotFoundError } from '@kaizen-eatp/core/errors';
import {
  type CapabilityAttestation,
  derivedCapabilityId,
  TrustLineageChain,
} from '@kaizen-eatp/core/records';
import { fields } from '../output/lines.js';
import { chainFault } from '../reading/chain-fault.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Answers whether an agent is allowed to do something. */
export async function verify(session: Session, given: Given): Promise<Outcome> {
  const [agentId, action] = [given.argument(0), given.required('action')];
  const level = (given.text('level') ?? 'standard') as VerificationLevel;
  const [resource, delegationId] = [given.text('resource'), given.text('delegation')];
  const trust = await session.trust();
  const chain = await storedChain(session, agentId);
  const verdict = await trust.verify({
    agentId,
    action,
    level,
    ...(resource !== undefined && { resource }),
    ...(delegationId !== undefined && { delegationId }),
  });
  const { valid, denial, reason, capabilityUsed, effectiveConstraints, unenforcedConstraints } = verdict;
  const used = chain.capabilities.find(({ id }) => id === capabilityUsed);
  const explain = given.flag('explain');
  return {
    yes: valid,
    result: {
      valid,
      agent_id: agentId,
      action,
      level,
      ...(reason !== undefined && { reason, code: denial?.code }),
      ...(capabilityUsed !== undefined && { capability_used: capabilityUsed }),
      reasoning_present: chain.delegations.some(({ reasoningTrace }) => reasoningTrace !== undefined),
      ...(explain && {
        denial: denial ?? null,
        effective_constraints: effectiveConstraints,
        unenforced_constraints: unenforcedConstraints,
        authority_id: chain.genesis.authorityId,
        valid_until: verdict.validUntil === undefined ? null : new Date(verdict.validUntil).toISOString(),
      }),
    },
    lines: [
      valid
        ? `VERIFIED: ${agentId} is allowed to '${action}'.`
        : `DENIED: ${agentId} is not allowed to '${action}'.`,
      ...fields([
        ['Level', level],
        ['Capability', used ? `${used.capability} (${used.id})` : capabilityUsed],
        ['Reason', explain ? undefined : reason],
      ]),
      ...(explain && denial
        ? describeDenial(denial)
            .split('\n')
            .map((line) => `  ${line}`)
        : []),
      ...(explain
        ? fields([
            ['Attested by', used?.attesterId],
            ['Given by', used && giverOf(chain, used)],
            ['Authority', chain.genesis.authorityId],
            ['Delegation', delegationId],
            ['Limits in force', effectiveConstraints.join(', ') || 'none'],
            ['Not enforced', unenforcedConstraints.join(', ') || undefined],
            [
              'Right ends',
              verdict.validUntil === undefined ? 'never' : new Date(verdict.validUntil).toISOString(),
            ],
          ])
        : []),
    ],
  };
}

/** Checks all signatures of a chain. */
export async function verifyChain(session: Session, given: Given): Promise<Outcome> {
  const agentId = given.argument(0);
  const trust = await session.trust();
  const chain = await storedChain(session, agentId);
  const fault = await chainFault(trust, agentId);
  const code = fault?.code ?? '';
  return {
    yes: !fault,
    result: {
      valid: !fault,
      agent_id: agentId,
      chain_hash: chain.hash(),
      genesis_verified: !['GENESIS_SIGNATURE_INVALID', 'AUTHORITY_UNKNOWN', 'CHAIN_MALFORMED'].includes(code),
      capabilities_verified: !code.startsWith('CAPABILITY_') && code !== 'AUTHORITY_UNKNOWN',
      delegations_verified: !code.startsWith('DELEGATION_') && code !== 'AUTHORITY_UNKNOWN',
      ...(fault && { issues: [fault.reason], code }),
    },
    lines: fault
      ? [
          `INVALID: the chain of ${agentId} is not as it was signed, or not in force.`,
          ...describeDenial(fault)
            .split('\n')
            .map((line) => `  ${line}`),
        ]
      : [
          `VERIFIED: every signature in the chain of ${agentId} is valid.`,
          ...fields([
            ['Authority', chain.genesis.authorityId],
            ['Capabilities', chain.capabilities.length],
            ['Delegations', chain.delegations.length],
            ['Chain hash', chain.hash()],
          ]),
        ],
  };
}

/** The lasting delegation that a capability came with, and who made it; undefined for one of the agent's own. */
function giverOf(chain: TrustLineageChain, { id, capability }: CapabilityAttestation): string | undefined {
  const from = chain.delegations.find((each) => derivedCapabilityId(each.id, capability) === id);
  return from && `${from.delegatorId}, by the lasting delegation ${from.id}`;
}

async function storedChain(session: Session, agentId: string): Promise<TrustLineageChain> {
  const [stored] = await (await session.store()).readChains([agentId]);
  if (!stored) throw new TrustChainNotFoundError(agentId);
  return TrustLineageChain.parse(stored.text);
}
