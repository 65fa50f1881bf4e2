import { randomUuid } from '#crypto';
import { canonicalJson, type JsonObject, jsonMember, sha256Hex } from '../wire/index.js';
import type { DelegationRecord } from './delegation-record.js';

/** The run, invocation and person that a delegation was made for. It cannot be used for any other. */
export interface DelegationBinding {
  /** The run that it was made in; null outside a run. */
  readonly runId: string | null;
  /** The invocation that it was made in; null for one made by a pattern, or outside an invocation. */
  readonly invocationId: string | null;
  /** The pseudonym of the person on whose behalf the run acts; null without one. */
  readonly person: string | null;
}

/**
 * Returns the id of a delegation that is bound to a run, an invocation and a person. The reference's record has no
 * field for them, and its signature covers the id, so the id is a digest of the binding.
 *
 * @param nonce - makes the id unique; kept in the ledger with the binding.
 */
export const boundDelegationId = (binding: DelegationBinding, nonce: string): string =>
  `del-${sha256Hex(bindingText(binding, nonce))}`;

/** The canonical JSON whose digest is the id of a bound delegation. */
export const bindingText = (binding: DelegationBinding, nonce: string): string =>
  canonicalJson({ ...digestedBinding(binding), nonce });

/** Returns the binding of a delegation, with the field names that the digest in its id covers. */
export const digestedBinding = ({ runId, invocationId, person }: DelegationBinding): JsonObject => ({
  run_id: runId,
  invocation_id: invocationId,
  person,
});

/** A UUID. */
export const newNonce = (): string => randomUuid();

const OF_OFFER = 'lasting:';

/**
 * The nonce of an offered lasting delegation. The delegation's id is its digest, so no change in a store turns an offer
 * into a delegation for a task, or the other way round.
 */
export const newOfferNonce = (): string => `${OF_OFFER}${newNonce()}`;

/** Whether a nonce is that of an offered lasting delegation. */
export const isOfferNonce = (nonce: string): boolean => nonce.startsWith(OF_OFFER);

/** A binding, and the nonce that the id was computed with. */
export interface BindingWithNonce extends DelegationBinding {
  /** A random string that makes the id unique. */
  readonly nonce: string;
}

/** Whether an id has the form of {@link boundDelegationId}. A delegation with such an id must state its binding. */
export const isBoundDelegationId = (id: string): boolean => /^del-[0-9a-f]{64}$/.test(id);

/**
 * The binding as fields of a delegation in a chain. The ledger keeps it for all other delegations. No signature covers
 * the fields themselves, but the signed id is their digest.
 */
export const bindingFields = ({ runId, invocationId, person, nonce }: BindingWithNonce): JsonObject => ({
  ...(runId !== null && { run_id: runId }),
  ...(invocationId !== null && { invocation_id: invocationId }),
  person,
  nonce,
});

/** The binding that a delegation in a chain carries, if the delegation's id is its digest. */
export function carriedBinding({ id, unknownFields }: DelegationRecord): BindingWithNonce | undefined {
  const [runId, invocationId, person, nonce] = ['run_id', 'invocation_id', 'person', 'nonce'].map(
    (name) => jsonMember(unknownFields, name) ?? null,
  );
  if (!isTextOrNull(runId) || !isTextOrNull(invocationId) || !isTextOrNull(person)) return undefined;
  if (typeof nonce !== 'string') return undefined;
  const binding = { runId, invocationId, person };
  return boundDelegationId(binding, nonce) === id ? { ...binding, nonce } : undefined;
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';
