/** Requests and replies of the reference server, in its own spelling; see `interop/python/reference.py`. */
export interface ReferenceAuthority {
  /** `OrganizationalAuthority.to_dict()`. */
  readonly authority: object;
  /** Base64 of the seed; without it the reference can verify only. */
  readonly private_key?: string | null;
}

export interface CanonicalForm {
  readonly canonical: string;
  readonly sha256: string;
}

export interface VerdictQuery {
  readonly agent_id: string;
  readonly action: string;
  /** Default: `standard`. */
  readonly level?: 'quick' | 'standard' | 'full';
  readonly resource?: string;
  readonly context?: object;
}

export interface ReferenceVerdict {
  readonly valid: boolean;
  readonly reason: string | null;
  readonly capability_used: string | null;
  readonly effective_constraints: readonly string[];
  readonly violations: readonly object[];
}

export interface ChainHashes {
  /** The hash that audit anchors refer to. */
  readonly trust_chain_hash: string;
  readonly chain_hash: string;
  /** The chain, read and written again by the reference. */
  readonly stored_again: string;
}

export interface ReferenceEstablish {
  readonly agent_id: string;
  readonly authority_id: string;
  readonly capabilities: readonly {
    capability: string;
    capability_type: 'access' | 'action' | 'delegation';
    constraints?: readonly string[];
    /** JSON text, so that its number literals stay as they are. */
    scope_json?: string;
  }[];
  readonly constraints?: readonly string[];
  /** JSON text. */
  readonly metadata_json?: string;
  readonly expires_at?: string;
}

export interface ReferenceDelegation {
  readonly delegator_id: string;
  readonly delegatee_id: string;
  readonly task_id: string;
  readonly capabilities: readonly string[];
  readonly additional_constraints?: readonly string[];
  readonly expires_at?: string;
  readonly reasoning_trace?: object;
  readonly human_origin?: object;
  /** Makes it a `v2-complete` record, with a `multi_sig_policy` a `v3-complete` one. */
  readonly structured?: object;
}
