import {
  bindingFields,
  boundDelegationId,
  type DelegationBinding,
  type DelegationRecord,
  delegationCodec,
  newId,
  newNonce,
  newOfferNonce,
} from '../../chain/index.js';
import type { DelegationStatus, LedgerEntry } from '../../store/index.js';
import { earlier } from '../../wire/index.js';
import type { ReadSet } from '../read-set.js';
import { keyringOf } from '../statements/believed-view.js';
import { EXECUTE, expectDelegatedCapabilities } from '../verify/capability-match.js';
import type { DelegationPath } from '../verify/delegation-path.js';
import { endOfRights, inheritedLabels, mayDo } from '../verify/delegation-rights.js';
import { type ParsedChain, ParsedDelegation } from '../verify/parsed-records.js';
import {
  expectLineage,
  expectPersonNotRevoked,
  expectRights,
  lastingUnderDelegation,
  pathActedUnder,
} from './delegation-gate.js';
import type { DelegationTerms } from './delegation-terms.js';
import { expectEnforceable } from './enforceable-labels.js';
import { signDelegation } from './sign-delegation.js';
import { expectSigningChain, signingChainIfRead } from './signing-gate.js';

/** A delegation that was checked and signed. */
export interface IssuedDelegation {
  /** The signed record. */
  readonly record: DelegationRecord;
  /** The run, invocation and person that it was made for. */
  readonly binding: DelegationBinding;
  /** The ledger entries of the delegation and of those above it, leaf first. */
  readonly entries: readonly LedgerEntry[];
  /** The delegation and those above it, leaf first. */
  readonly path: readonly ParsedDelegation[];
  /** The chains that it depends on. */
  readonly delegators: readonly ParsedChain[];
}

/**
 * Checks that the delegator is allowed to make a delegation, and signs it. Does not store it.
 *
 * @throws CapabilityNotHeldError, DelegationError, TrustChainNotFoundError, InvalidTrustChainError, RevokedError.
 */
export async function issueDelegation(
  reads: ReadSet,
  terms: DelegationTerms,
  lasting = false,
): Promise<IssuedDelegation> {
  const { deployment } = reads;
  const { delegatorId, delegateeId, binding } = terms;
  if (terms.capabilities) expectDelegatedCapabilities(terms.capabilities);
  if (lasting && terms.parent) throw lastingUnderDelegation(terms);
  const need = reads.need({
    agentIds: lasting ? [delegatorId] : [delegatorId, delegateeId],
    delegationId: terms.parent?.delegationId,
  });
  if (need) await need;
  const delegator =
    signingChainIfRead(reads, delegatorId) ?? (await expectSigningChain(deployment, delegatorId, reads));
  const path = terms.parent ? await pathActedUnder(reads, terms, terms.parent) : BY_OWN_RIGHT;
  expectLineage(deployment, terms, path);
  const capabilities = terms.capabilities ?? givableTo(reads, delegateeId, delegator.evidence, path);
  expectRights(reads, delegatorId, delegator.evidence, path, capabilities);
  if (binding.person !== null) expectPersonNotRevoked(reads, binding.person);
  if (!lasting) deployment.expectChain(delegateeId, reads.chain(delegateeId));
  const parent = path.links[0];
  const labels = [...new Set([...inheritedLabels(delegator.evidence, parent), ...terms.constraints])];
  // Only added constraints can be invalid, but they are checked with the inherited ones: two time windows can exclude
  // each other.
  if (terms.constraints.length > 0) expectEnforceable(deployment, labels);
  const nonce = lasting ? newOfferNonce() : newNonce();
  const signed = signDelegation(reads, terms, delegator.authority, {
    ...identityOf(binding, nonce, lasting),
    capabilitiesDelegated: capabilities,
    constraintSubset: labels,
    expiresAt: earlier(
      earlier(terms.expiresAt, delegator.evidence.chain.genesis.expiresAt),
      lasting ? endOfRights(reads.now, delegator.evidence, capabilities) : parent?.record.expiresAt,
    ),
    parentDelegationId: parent?.record.id ?? null,
    delegationChain: [...path.delegatorIds].reverse().concat(delegatorId, delegateeId),
    delegationDepth: path.links.length + 1,
  });
  const record = signed instanceof Promise ? await signed : signed;
  const evidence = new ParsedDelegation(delegationCodec.encodeText(record), record);
  // It was signed a moment ago, so its signature is known to be valid.
  evidence.goodUnder.add(keyringOf(delegator.authority));
  evidence.knowBinding(binding, nonce);
  deployment.delegations.put(record.id, evidence.text, evidence);
  return {
    record,
    binding,
    entries: [
      ledgerEntry(record, binding, nonce, evidence.text, lasting ? 'offered' : 'in_force'),
      ...(terms.parent ? reads.path(terms.parent.delegationId) : []),
    ],
    path: [evidence, ...path.links],
    delegators: [delegator.evidence],
  };
}

/** Returns the capabilities of a handoff that names none: those of the next agent that the delegator can give. */
function givableTo(
  reads: ReadSet,
  delegateeId: string,
  delegator: ParsedChain,
  path: DelegationPath,
): readonly string[] {
  const { deployment, now } = reads;
  const { evidence } = deployment.expectChain(delegateeId, reads.chain(delegateeId));
  const given = evidence.ownCapabilities.filter((name) => mayDo(now, delegator, path.links, name));
  return given.length > 0 ? given : [EXECUTE];
}

/**
 * The id of a delegation, and the fields that it is a digest of where no ledger keeps them. A lasting delegation that
 * is bound to nothing has an ordinary id: the reference drops such fields when it writes a chain.
 */
function identityOf(
  binding: DelegationBinding,
  nonce: string,
  lasting: boolean,
): Pick<DelegationRecord, 'id' | 'unknownFields'> {
  if (lasting && binding.person === null) return { id: newId('del') };
  const id = boundDelegationId(binding, nonce);
  return lasting ? { id, unknownFields: bindingFields({ ...binding, nonce }) } : { id };
}

const ledgerEntry = (
  record: DelegationRecord,
  binding: DelegationBinding,
  nonce: string,
  text: string,
  status: DelegationStatus,
): LedgerEntry => ({
  delegationId: record.id,
  taskId: record.taskId,
  ...binding,
  nonce,
  delegatorId: record.delegatorId,
  delegateeId: record.delegateeId,
  parentDelegationId: record.parentDelegationId ?? null,
  text,
  status,
});

const BY_OWN_RIGHT: DelegationPath = { links: [], delegatorIds: [] };
