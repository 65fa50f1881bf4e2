import { DelegationError } from '../errors/index.js';
import type { Actor } from '../invocation/actor.js';
import type { Basis } from '../invocation/basis.js';
import type { Grants } from '../invocation/grants.js';
import type { Scope } from '../invocation/make-context.js';
import { EXECUTE } from '../trust/verify/capability-match.js';

/**
 * The agent that leads a run: the first that acts or delegates. Every other agent acts under a delegation made to it.
 */
export class Leader {
  #id: string | undefined;
  #lead: Promise<Basis | undefined> | undefined;

  /**
   * @param grants - the run's delegations.
   * @param outer - the invocation in which the run was started, if it was.
   */
  constructor(
    private readonly grants: Grants,
    private readonly outer: Scope | undefined,
  ) {}

  /** The agent that leads; undefined before any acts. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Notes that an agent acts or delegates. */
  note(actor: Actor): void {
    if (!this.grants.newestTo(actor.id)) this.#id ??= actor.id;
  }

  /** Returns the delegation that an agent would act under now, without making the agent the leader. */
  knownBasis(actor: Actor): Basis | undefined {
    const inherited = this.outer?.actor.id === actor.id ? this.outer.basis : undefined;
    return this.grants.newestTo(actor.id) ?? inherited;
  }

  /**
   * Returns the delegation that an agent acts under; undefined for the leader.
   *
   * @throws DelegationError `DELEGATION_REQUIRED`.
   */
  basisFor(actor: Actor): Basis | undefined | Promise<Basis | undefined> {
    const basis = this.grants.newestTo(actor.id);
    if (basis) return basis;
    this.#id ??= actor.id;
    if (this.#id === actor.id) {
      if (!this.outer) return undefined;
      this.#lead ??= this.#leadUnder(this.outer, actor);
      return this.#lead;
    }
    throw new DelegationError(
      'DELEGATION_REQUIRED',
      `Agent '${actor.name}' was not delegated anything in this run`,
      {
        expected: `a delegation from '${this.#id}', which leads the run, or from an agent under it`,
        received: 'an act by its own right',
        remedy: 'Call delegate(from, agent, …) before the agent acts.',
        evidence: { agentId: actor.id, leaderId: this.#id },
      },
    );
  }

  /**
   * A run that is started inside an invocation depends on that invocation's authority, and cannot exceed it: the
   * invoked agent delegates to the agent that leads, under the delegation that it received itself.
   */
  async #leadUnder({ actor, basis }: Scope, leader: Actor): Promise<Basis | undefined> {
    // The invoked agent itself leads: it continues under its own delegation.
    if (actor.id === leader.id) return basis;
    return this.grants.make(actor, leader, { capabilities: [EXECUTE] }, basis, null);
  }
}

/**
 * How many delegations can be made one under another, counted from the agent that leads. In a nested run the outer
 * agent delegates to the leader first, unless the outer agent takes part: then it leads, as no other agent can delegate
 * to it.
 */
export function depthUnderLeader(
  maxDepth: number,
  outer: Scope | undefined,
  outerTakesPart: boolean,
): number {
  if (!outer) return maxDepth;
  const above = (outer.basis?.path.length ?? 0) + (outerTakesPart ? 0 : 1);
  return Math.max(0, maxDepth - above);
}
