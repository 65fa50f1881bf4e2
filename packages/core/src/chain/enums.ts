/** The closed sets of EATP, in the spelling of the wire. */
export const AUTHORITY_TYPES = ['organization', 'system', 'human'] as const;
export type AuthorityType = (typeof AUTHORITY_TYPES)[number];

export const CAPABILITY_TYPES = ['access', 'action', 'delegation'] as const;
export type CapabilityType = (typeof CAPABILITY_TYPES)[number];

export const ACTION_RESULTS = ['success', 'failure', 'denied', 'partial'] as const;
export type ActionResult = (typeof ACTION_RESULTS)[number];

/** How much `verify` looks at; see `TrustOperations.verify`. */
export const VERIFICATION_LEVELS = ['quick', 'standard', 'full'] as const;
export type VerificationLevel = (typeof VERIFICATION_LEVELS)[number];

export const DIMENSIONS = ['communication', 'data_access', 'financial', 'operational', 'temporal'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const CONSTRAINT_TYPES = [...DIMENSIONS, 'audit_requirement', 'reasoning_required'] as const;
export type ConstraintType = (typeof CONSTRAINT_TYPES)[number];

export const AUTHORITY_PERMISSIONS = [
  'create_agents',
  'deactivate_agents',
  'delegate_trust',
  'grant_capabilities',
  'revoke_capabilities',
  'create_subordinate_authorities',
] as const;
export type AuthorityPermission = (typeof AUTHORITY_PERMISSIONS)[number];

export const LEGACY_PAYLOAD = 'legacy-python-v0';
export const SUBJECT_BOUND_PAYLOAD = 'v1-subject-bound';
export const DELEGATION_V2_PAYLOAD = 'v2-complete';
export const DELEGATION_V3_PAYLOAD = 'v3-complete';
