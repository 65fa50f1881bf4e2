import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { DelegationRecord } from '../chain/index.js';
import { DelegationError, VerificationDeniedError } from '../errors/index.js';
import type { ScopeAuthority, ScopedDelegation } from '../invocation/scope.js';
import type { Deployment } from '../trust/deployment.js';
import { type Delegated, delegate } from '../trust/issue/delegate.js';
import { ReadSet } from '../trust/read-set.js';
import { EXECUTE } from '../trust/verify/capability-match.js';
import { judgePath } from '../trust/verify/delegation-path.js';
import type { ParsedChain, ParsedDelegation } from '../trust/verify/parsed-records.js';
import type { Run } from './run.js';

/** A delegation that somebody acts under in a run. */
export interface Grant extends Delegated {
  readonly delegatorIds: readonly string[];
  /** Made in the run around this one. */
  readonly isOuter?: boolean;
  /** The very agent it was made to. */
  readonly to?: TrustedAgent;
}

/** Who acts under what in one run: one agent leads, every other acts under a delegation that was made to it. */
export class RunGrants {
  readonly #all = new Map<string, Grant>();
  readonly #newest = new Map<string, Grant>();
  readonly #newestOfPair = new Map<string, Grant>();
  #leaderId: string | undefined;
  #lead: Promise<Grant | undefined> | undefined;
  #outer: Grant | undefined;

  /** @param outer - of the invocation in which the run was started, if it was. */
  constructor(
    private readonly deployment: Deployment,
    private readonly run: Run,
    private readonly outer: ScopeAuthority | undefined,
    private readonly onMade: (delegation: DelegationRecord) => void,
  ) {}

  get leaderId(): string | undefined {
    return this.#leaderId;
  }

  newestTo(agentId: string): Grant | undefined {
    return this.#newest.get(agentId);
  }

  /** The texts of all delegations that anything rests on, and the chains on whose strength they were made. */
  proof(): { texts: string[]; chains: ParsedChain[] } {
    const grants = [...(this.#outer ? [this.#outer] : []), ...this.#all.values()];
    const links = grants.flatMap((grant) => [...grant.path].reverse());
    const chains = links.flatMap((link) => link.grant?.delegator ?? []);
    return {
      texts: [...new Set(links.map((link) => link.text))],
      chains: [...chains, ...grants.flatMap((grant) => grant.delegators)],
    };
  }

  /** What was found out about delegations that are over is not asked for again. */
  forget(): void {
    for (const id of this.#all.keys()) this.deployment.delegations.forget(id);
  }

  /** @throws what `delegate` throws. */
  async make(
    from: TrustedAgent,
    to: TrustedAgent,
    request: ScopedDelegation,
    under?: Grant | null,
  ): Promise<DelegationRecord> {
    this.run.expectOpen();
    const parent = under === undefined ? await this.for(from) : under;
    const { humanOrigin } = this.run.options;
    const delegated = await delegate(this.deployment, {
      ...request,
      delegatorId: from.id,
      delegateeId: to.id,
      taskId: this.run.taskId,
      runId: this.run.runId,
      parentDelegationId: parent?.record.id ?? null,
      ...(humanOrigin && { humanOrigin }),
    });
    return this.keep(delegated, to).record;
  }

  private keep(delegated: Delegated, to: TrustedAgent): Grant {
    const { record, path } = delegated;
    const grant: Grant = { ...delegated, to, delegatorIds: path.map((link) => link.record.delegatorId) };
    this.#all.set(record.id, grant);
    this.#newest.set(record.delegateeId, grant);
    this.#newestOfPair.set(pair(record.delegatorId, record.delegateeId, record.parentDelegationId), grant);
    this.onMade(record);
    return grant;
  }

  /** The delegation an agent acts under; none for the agent that leads. @throws DelegationError `DELEGATION_REQUIRED`. */
  for(agent: TrustedAgent): Grant | undefined | Promise<Grant | undefined> {
    const grant = this.#newest.get(agent.id);
    if (grant) return grant;
    this.#leaderId ??= agent.id;
    if (this.#leaderId === agent.id) {
      const { outer } = this;
      if (!outer) return undefined;
      this.#lead ??= this.leadUnder(outer, agent);
      return this.#lead;
    }
    throw new DelegationError(
      'DELEGATION_REQUIRED',
      `Agent '${agent.name}' was delegated nothing in this run`,
      {
        expected: `a delegation from '${this.#leaderId}', which leads the run, or from an agent under it`,
        received: 'an act by its own right',
        remedy: 'Call delegate(from, agent, …) before the agent acts.',
        evidence: { agentId: agent.id, leaderId: this.#leaderId },
      },
    );
  }

  /**
   * A run that is started inside an invocation rests on that invocation's authority, and is no way out of it: the
   * agent that was invoked delegates to the one that leads, under what was delegated to itself.
   */
  private async leadUnder(outer: ScopeAuthority, leader: TrustedAgent): Promise<Grant | undefined> {
    if (outer.agentId === leader.id)
      return outer.delegationId === null ? undefined : this.outerGrant(outer, leader);
    const { humanOrigin } = this.run.options;
    const delegated = await delegate(this.deployment, {
      delegatorId: outer.agentId,
      delegateeId: leader.id,
      capabilities: [EXECUTE],
      taskId: this.run.taskId,
      runId: this.run.runId,
      parentDelegationId: outer.delegationId,
      ...(humanOrigin && { humanOrigin }),
    });
    return this.keep(delegated, leader);
  }

  /** The same agent again: it goes on under the delegation that it has. */
  private async outerGrant({ delegationId }: ScopeAuthority, leader: TrustedAgent): Promise<Grant> {
    const request = { delegationId: delegationId as string, delegateeId: leader.id, taskId: this.run.taskId };
    const path = await judgePath(new ReadSet(this.deployment), request);
    if ('code' in path) throw new VerificationDeniedError(leader.id, EXECUTE, path);
    const { record } = path.links[0] as ParsedDelegation;
    this.#outer = {
      record,
      path: path.links,
      delegators: [],
      delegatorIds: path.delegatorIds,
      isOuter: true,
    };
    return this.#outer;
  }

  /** One that pattern code names. @throws DelegationError `DELEGATION_NOT_FOUND`. */
  named(delegationId: string, agent: TrustedAgent): Grant {
    const grant = this.#all.get(delegationId);
    if (grant?.record.delegateeId === agent.id) return grant;
    throw new DelegationError(
      'DELEGATION_NOT_FOUND',
      `Delegation '${delegationId}' was not made to '${agent.name}' in this run`,
      {
        remedy: 'Pass what delegate() returned for this agent.',
        evidence: { delegationId, agentId: agent.id },
      },
    );
  }

  /**
   * What one agent gave another under the delegation that it acts under now. What it gave under another one, in an
   * earlier invocation, it may no longer be able to give.
   *
   * @throws DelegationError `DELEGATION_REQUIRED`.
   */
  between(delegatorId: string, to: TrustedAgent, under: Grant | undefined): Grant {
    const grant = this.#newestOfPair.get(pair(delegatorId, to.id, under?.record.id));
    if (grant && (grant.to ?? to) === to) return grant;
    throw new DelegationError(
      'DELEGATION_REQUIRED',
      `Agent '${to.name}' was not delegated anything by its caller`,
      {
        expected: `a delegation from ${delegatorId} in this invocation`,
        remedy: 'Call delegateTo() first.',
        evidence: { delegatorId, delegateeId: to.id },
      },
    );
  }
}

const pair = (delegatorId: string, delegateeId: string, parentId: string | null | undefined): string =>
  `${delegatorId}\n${delegateeId}\n${parentId ?? ''}`;
