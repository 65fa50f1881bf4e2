import type { DelegationBinding } from '../chain/index.js';
import { DelegationError } from '../errors/index.js';
import type { LedgerEntry } from '../store/index.js';
import type { Deployment } from '../trust/deployment.js';
import type { BoundDelegation } from '../trust/issue/delegation-terms.js';
import { expectFuture } from '../trust/issue/expect-future.js';
import { issueDelegation } from '../trust/issue/issue-delegation.js';
import { type DelegationOverlay, ReadSet } from '../trust/read-set.js';
import { turnOfEventLoop } from '../wire/event-loop.js';
import type { Actor } from './actor.js';
import type { Basis } from './basis.js';
import type { ParsedDelegationRequest } from './call-options.js';

/** The terms that all delegations of a run, or of one standalone call, have in common. */
export interface GrantsOptions {
  /** The deployment that they are made in. */
  readonly deployment: Deployment;
  /** The run; null outside a run. */
  readonly runId: string | null;
  /** The task that they name. */
  readonly taskId: string;
  /** The pseudonym of the person on whose behalf they are made. */
  readonly person: string | null;
  /** Delegations of the run that are not stored yet. */
  readonly overlay?: DelegationOverlay;
  /** The moment by which they are judged and signed, in milliseconds since the epoch: that of the trail. */
  now(): number;
  /** Stores a delegation, immediately or together with the first effect that depends on it. */
  keep(entry: LedgerEntry, basis: Basis): Promise<void> | undefined;
}

/** The delegations that were made in one run or one standalone call, and which agent can act under which. */
export class Grants {
  readonly #all = new Map<string, Basis>();
  readonly #newest = new Map<string, Basis>();
  readonly #newestOfPair = new Map<string, Basis>();

  constructor(private readonly options: GrantsOptions) {}

  /** The moment by which delegations are judged and signed, in milliseconds since the epoch. */
  now(): number {
    return this.options.now();
  }

  /** The ids of all delegations. */
  get ids(): Iterable<string> {
    return this.#all.keys();
  }

  /**
   * The newest delegation that the pattern made to an agent. A delegation by another agent is for the calls of that
   * agent only.
   */
  newestTo(agentId: string): Basis | undefined {
    return this.#newest.get(agentId);
  }

  /**
   * Makes a delegation.
   *
   * @param under - the delegation that the delegator acts under; undefined if it acts by its own right.
   * @param invocationId - the invocation in which it is made; null for one made by a pattern.
   * @throws DelegationError, CapabilityNotHeldError, InvalidArgumentError, StoreError.
   */
  async make(
    from: Actor,
    to: Actor,
    request: ParsedDelegationRequest,
    under: Basis | undefined,
    invocationId: string | null,
  ): Promise<Basis> {
    const { deployment, runId, taskId, person, overlay } = this.options;
    const turn = turnOfEventLoop();
    if (turn) await turn;
    const binding: DelegationBinding = { runId, invocationId, person };
    const reads = new ReadSet(deployment, overlay, this.options.now());
    const issued = await issueDelegation(reads, {
      delegatorId: from.id,
      delegateeId: to.id,
      taskId,
      capabilities: request.capabilities,
      constraints: request.additionalConstraints ?? [],
      expiresAt: expectFuture(deployment, request.expiresAt, reads.now),
      binding,
      parent: under ? boundTo(under) : null,
    });
    const delegatorIds = issued.path.map(({ record }) => record.delegatorId);
    const basis: Basis = { ...issued, delegatorIds, to };
    const stored = this.options.keep(issued.entries[0] as LedgerEntry, basis);
    if (stored) await stored;
    this.restore(basis);
    return basis;
  }

  /** Adds a delegation that is stored, or about to be. */
  restore(basis: Basis): void {
    const { record, binding } = basis;
    this.#all.set(record.id, basis);
    if (binding.invocationId === null) this.#newest.set(record.delegateeId, basis);
    this.#newestOfPair.set(pair(record.delegatorId, record.delegateeId, binding.invocationId), basis);
  }

  /** Returns the delegation that pattern code names. @throws DelegationError `DELEGATION_NOT_FOUND`. */
  named(delegationId: string, agent: Actor): Basis {
    const basis = this.#all.get(delegationId);
    if (basis && basis.to === agent && basis.binding.invocationId === null) return basis;
    throw new DelegationError(
      'DELEGATION_NOT_FOUND',
      `Delegation '${delegationId}' was not made to '${agent.name}' by this run's pattern`,
      {
        remedy: 'Pass what delegate() returned for this agent.',
        evidence: { delegationId, agentId: agent.id },
      },
    );
  }

  /**
   * Returns the delegation that one agent made to another in one invocation. A delegation of an earlier invocation does
   * not count, since the agent might no longer be able to give it.
   *
   * @param delegationId - the delegation that the agent names. Default: the newest.
   * @throws DelegationError `DELEGATION_REQUIRED`, or `DELEGATION_NOT_FOUND` for one that was not made there.
   */
  between(delegatorId: string, to: Actor, invocationId: string, delegationId?: string): Basis {
    if (delegationId !== undefined) return this.#namedIn(invocationId, delegatorId, to, delegationId);
    const basis = this.#newestOfPair.get(pair(delegatorId, to.id, invocationId));
    if (basis?.to === to) return basis;
    throw new DelegationError(
      'DELEGATION_REQUIRED',
      `Agent '${to.name}' was not delegated anything in this invocation`,
      {
        expected: `a delegation from ${delegatorId} to ${to.id}, made in invocation ${invocationId}`,
        remedy: 'Call context.delegate(agent, { capabilities }) first.',
        evidence: { delegatorId, delegateeId: to.id, invocationId },
      },
    );
  }

  #namedIn(invocationId: string, delegatorId: string, to: Actor, delegationId: string): Basis {
    const basis = this.#all.get(delegationId);
    const isMadeThere =
      basis?.to === to &&
      basis.binding.invocationId === invocationId &&
      basis.record.delegatorId === delegatorId;
    if (isMadeThere) return basis;
    throw new DelegationError(
      'DELEGATION_NOT_FOUND',
      `Delegation '${delegationId}' was not made to '${to.name}' in this invocation`,
      {
        remedy: 'Pass what context.delegate() returned for this agent.',
        evidence: { delegationId, agentId: to.id, invocationId },
      },
    );
  }

  /** Drops the records that will not be read again from the deployment's cache. */
  forget(): void {
    for (const id of this.#all.keys()) this.options.deployment.delegations.forget(id);
  }
}

/** Names a delegation for another one that is made under it. */
export const boundTo = ({ record, binding }: Basis): BoundDelegation => ({
  delegationId: record.id,
  binding,
});

const pair = (delegatorId: string, delegateeId: string, invocationId: string | null): string =>
  JSON.stringify([delegatorId, delegateeId, invocationId]);
