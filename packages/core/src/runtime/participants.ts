import type { VerificationLevel } from '../chain/index.js';
import { AgentNotTrustedError } from '../errors/index.js';
import { listenToStore } from '../invocation/withdrawal.js';
import { expectKeyFor } from '../trust/audit/trail-signer.js';
import type { Deployment } from '../trust/deployment.js';
import { ReadSet } from '../trust/read-set.js';
import { PARTICIPATION } from '../trust/verify/capability-match.js';
import type { Denial } from '../trust/verify/denial.js';
import { verify } from '../trust/verify/verify.js';

/** How long the store is watched after the last run, so that the next one need not verify again; in milliseconds. */
const LINGER = 1_000;

/** An agent that may not take part. */
export interface Refused {
  /** The agent's id. */
  readonly agentId: string;
  /** Why not. */
  readonly denial: Denial;
}

/**
 * Verifies the agents of a runtime before each run. Agents that were verified before, and for which the store reports
 * no change since, are not verified again: each act is verified anyway.
 */
export class Participants {
  /** By agent id: until when the verdict holds, in milliseconds since the epoch. */
  readonly #verified = new Map<string, number>();
  #runs = 0;
  #stop: (() => void) | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor(
    private readonly deployment: Deployment,
    private readonly level: VerificationLevel,
  ) {}

  /** Watches the store for the time of a run. @returns the function that ends the watch. */
  enter(): () => void {
    this.#runs += 1;
    this.#stop ??= listenToStore(this.deployment, (event) => {
      if (event.type === 'chain_changed') this.#verified.delete(event.agentId);
      else this.#verified.clear();
    });
    return () => {
      this.#runs -= 1;
      if (this.#runs === 0) this.#linger();
    };
  }

  /** One timer for all runs: to start one over costs little, and to make one for each run does not. */
  #linger(): void {
    if (this.#lingering) this.#lingering.refresh();
    else this.#lingering = setTimeout(() => this.#leave(), LINGER).unref();
  }

  /**
   * Finds the first of the agents that may not take part.
   *
   * @throws KeyError `KEY_NOT_FOUND` if the key that signs the records of one of them is not here.
   */
  async findRefused(agentIds: readonly string[]): Promise<Refused | undefined> {
    const now = this.deployment.now();
    const unverified = agentIds.filter((id) => !((this.#verified.get(id) ?? 0) >= now));
    if (unverified.length === 0) return undefined;
    const reads = new ReadSet(this.deployment);
    const need = reads.needChains(unverified);
    if (need) await need;
    for (const agentId of unverified) {
      const missingKey = expectKeyFor(reads, agentId);
      if (missingKey) await missingKey;
      const request = { agentId, action: PARTICIPATION, level: this.level };
      const { denial, validUntil } = await verify(this.deployment, request, reads);
      if (denial) return { agentId, denial };
      if (this.#stop) this.#verified.set(agentId, validUntil ?? Number.POSITIVE_INFINITY);
    }
    return undefined;
  }

  #leave(): void {
    if (this.#runs > 0) return;
    this.#stop?.();
    this.#stop = undefined;
    // The store reports no changes from now on, so nothing that was verified can be kept.
    this.#verified.clear();
  }
}

/** The error for an agent that may not take part. */
export const notTrusted = (name: string, { agentId, denial }: Refused): AgentNotTrustedError =>
  new AgentNotTrustedError(name, denial.reason, { agentId, denial });
