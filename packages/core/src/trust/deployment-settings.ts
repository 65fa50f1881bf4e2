import type { Authority } from '../chain/index.js';
import type { RedactHook } from '../secrets/redact-hook.js';
import type { BelievedAuthority, PinnedRoot } from './statements/believed-authority.js';
import type { VerificationHooks } from './verify/types.js';

/** The rules of a deployment. */
export interface DeploymentSettings {
  /** How many delegations can be made one under another. */
  readonly maxDelegationDepth: number;
  /** Whether delegations of `execute` are forbidden. */
  readonly strictDelegation: boolean;
  /** How constraint labels are treated that no evaluator enforces. */
  readonly unknownConstraints: 'report' | 'deny';
  /** Whether capabilities are accepted that are not bound to their holder. */
  readonly allowUnboundLegacyCapabilities: boolean;
  /** Whether chains without a chain-state signature are accepted. */
  readonly allowUnsignedChainState: boolean;
  /** About how much memory parsed chains can take, in bytes. Default: 768 MiB. */
  readonly cacheBytes?: number | undefined;
  /** Redacts strings before they are signed, after the built-in redaction. */
  readonly redact?: RedactHook | undefined;
  /** Functions to call around each verification. */
  readonly hooks: VerificationHooks;
  /**
   * The authorities that the configuration believes. `stored` believes every stored authority, for the examination of
   * records where nothing is permitted because of it.
   */
  readonly roots: readonly PinnedRoot[] | 'stored';
  /** Says which keys a stored authority has, in place of the statements. With the roots `stored` only. */
  readonly believe?: ((authority: Authority) => BelievedAuthority) | undefined;
  /** The id of the authority that signs for agents that cannot sign themselves. */
  readonly recorder?: string | undefined;
}
