/** The closed sets of EATP, in the spelling of the wire. */
export const AUTHORITY_TYPES = ['organization', 'system', 'human'] as const;
/** The kind of an authority. */
export type AuthorityType = (typeof AUTHORITY_TYPES)[number];

/** The kinds of capability. */
export const CAPABILITY_TYPES = ['access', 'action', 'delegation'] as const;
/** The kind of a capability. */
export type CapabilityType = (typeof CAPABILITY_TYPES)[number];

/**
 * The results that an anchor can record. `partial` is for work that was cancelled, timed out or interrupted by a crash.
 */
export const ACTION_RESULTS = ['success', 'failure', 'denied', 'partial'] as const;
/** The result of an action, as an anchor records it. */
export type ActionResult = (typeof ACTION_RESULTS)[number];

/** How much `verify` checks; see `TrustOperations.verify`. */
export const VERIFICATION_LEVELS = ['quick', 'standard', 'full'] as const;
/** The level of a verification. */
export type VerificationLevel = (typeof VERIFICATION_LEVELS)[number];

/** The reference's five constraint dimensions. */
export const DIMENSIONS = ['communication', 'data_access', 'financial', 'operational', 'temporal'] as const;
/** A constraint dimension of the reference. */
export type Dimension = (typeof DIMENSIONS)[number];

/** The types of constraint: the five dimensions, and two that concern records. */
export const CONSTRAINT_TYPES = [...DIMENSIONS, 'audit_requirement', 'reasoning_required'] as const;
/** The type of a constraint. */
export type ConstraintType = (typeof CONSTRAINT_TYPES)[number];

/** The permissions that an authority can hold. */
export const AUTHORITY_PERMISSIONS = [
  'create_agents',
  'deactivate_agents',
  'delegate_trust',
  'grant_capabilities',
  'revoke_capabilities',
  'create_subordinate_authorities',
] as const;
/** A permission of an authority. */
export type AuthorityPermission = (typeof AUTHORITY_PERMISSIONS)[number];

/**
 * The version of records without `signingPayloadVersion`. Attestations of this version do not sign their holder, and
 * are refused by default.
 */
export const LEGACY_PAYLOAD = 'legacy-python-v0';
/** The version of attestations that sign the agent whose chain holds them. Attestations made here have it. */
export const SUBJECT_BOUND_PAYLOAD = 'v1-subject-bound';
/** The version of the cross-SDK delegation form with structured constraints. */
export const DELEGATION_V2_PAYLOAD = 'v2-complete';
/** The version of the cross-SDK delegation form with structured constraints and a policy for several signers. */
export const DELEGATION_V3_PAYLOAD = 'v3-complete';
