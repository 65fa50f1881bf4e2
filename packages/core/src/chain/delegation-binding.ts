import { randomBytes } from 'node:crypto';
import { canonicalJson, type JsonObject, sha256Hex } from '../wire/index.js';

/** What a delegation was made for, and the only thing that it can be used for. */
export interface DelegationBinding {
  /** The run that it was made in; null outside a run. */
  readonly runId: string | null;
  /** The invocation that it was made in; null for one made by a pattern, or outside an invocation. */
  readonly invocationId: string | null;
  /** The pseudonym of the person on whose behalf the run acts; null without one. */
  readonly person: string | null;
}

/**
 * The id of a delegation that is bound to a run, an invocation and a person. The reference's record has no field for
 * them, and its signature covers the id, so the id is a digest of what the delegation is bound to.
 *
 * @param nonce - makes the id unique; kept in the ledger with the binding.
 */
export const boundDelegationId = (binding: DelegationBinding, nonce: string): string =>
  `del-${sha256Hex(bindingText(binding, nonce))}`;

/** The canonical JSON of which the id of a bound delegation is the digest. */
export const bindingText = (binding: DelegationBinding, nonce: string): string =>
  canonicalJson({ ...bindingFields(binding), nonce });

/** What a delegation is bound to, under the names that are signed. */
export const bindingFields = ({ runId, invocationId, person }: DelegationBinding): JsonObject => ({
  run_id: runId,
  invocation_id: invocationId,
  person,
});

/** 128 random bits, in hex. */
export const newNonce = (): string => randomBytes(16).toString('hex');
