/** The answer to `GET /api/deployment`. */
export interface DeploymentAnswer {
  /** The authorities of the store. */
  readonly authorities: readonly {
    /** The id. */
    readonly id: string;
    /** The name. */
    readonly name: string;
    /** The public key, in base64. */
    readonly publicKey: string;
    /** Whether it can sign. */
    readonly isActive: boolean;
    /** Whether the deployment has pinned this key, so that it believes the authority whatever the store says. */
    readonly isPinned: boolean;
  }[];
  /** The revocations that are recorded outside runs, the newest first; at most 200. */
  readonly revocations: readonly {
    /** The time. */
    readonly at: string;
    /** The recorded action, for instance `revoke_agent`. */
    readonly action: string;
    /** The subject that was revoked. */
    readonly subject: string;
    /** The reason; null without one. */
    readonly reason: string | null;
  }[];
  /** The damage of the store that a full examination finds; empty for a healthy store. */
  readonly findings: readonly {
    /** The code. */
    readonly code: string;
    /** The record. */
    readonly subject: string;
    /** The reason. */
    readonly reason: string;
  }[];
  /** The differences to a checkpoint that was kept elsewhere; null if the server has none. */
  readonly checkpoint: { readonly size: number; readonly findings: DeploymentAnswer['findings'] } | null;
}
