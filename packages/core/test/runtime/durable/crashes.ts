import {
  type AgentFunction,
  type Authority,
  type CapabilityRequest,
  InMemoryKeyManager,
  type InvocationContext,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  type TrustedAgentOptions,
  type TrustedTool,
  TrustOperations,
} from '@kaizen-eatp/core';
import { type RunWorker, type WorkerOptions, worker } from '@kaizen-eatp/core/durable';
import { StoreError } from '@kaizen-eatp/core/errors';
import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import {
  type DelegationFilter,
  type DurableRunFilter,
  expectWrites,
  type ReadRequest,
  type StoreEvent,
  type StoreWrite,
  TrustStore,
} from '@kaizen-eatp/core/store';
import { suiteStore } from 'suite-store';
import { expect } from 'vitest';

/** A process's way to a store, which ends at one of its commits as the process does: before it is applied, or after. */
export class MortalStore extends TrustStore {
  override readonly throwsCodedErrors = true;
  commits = 0;
  isDead = false;

  constructor(
    readonly inner: TrustStore,
    /** The number of the last commit of a run. */
    readonly last: number,
    readonly isApplied: boolean,
  ) {
    super();
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.#expectAlive();
    // Only what runs write counts, so that the crashes do not depend on how often a worker looks for runs.
    const isOfRun = expectWrites(writes).some(({ op }) => op === 'fence');
    if (!isOfRun || ++this.commits < this.last) return this.inner.commit(writes);
    this.isDead = true;
    if (this.isApplied) await this.inner.commit(writes);
    throw this.#dead();
  }

  read(request: ReadRequest) {
    return this.#alive(() => this.inner.read(request));
  }
  listChains(page?: { afterAgentId?: string; limit?: number }) {
    return this.#alive(() => this.inner.listChains(page));
  }
  findDelegations(filter: DelegationFilter) {
    return this.#alive(() => this.inner.findDelegations(filter));
  }
  trailHead(trailId: string) {
    return this.#alive(() => this.inner.trailHead(trailId));
  }
  readTrail(trailId: string, page?: { afterSequence?: number; limit?: number }) {
    return this.#alive(() => this.inner.readTrail(trailId, page));
  }
  openIntents(filter?: { trailId?: string }) {
    return this.#alive(() => this.inner.openIntents(filter));
  }
  readDisclosures(digests: readonly string[]) {
    return this.#alive(() => this.inner.readDisclosures(digests));
  }
  readStatements(page?: { afterSequence?: number; limit?: number }) {
    return this.#alive(() => this.inner.readStatements(page));
  }
  announceOwner(owner: string) {
    return this.#alive(() => this.inner.announceOwner(owner));
  }
  findGoneOwners(owners: readonly string[]) {
    return this.#alive(() => this.inner.findGoneOwners(owners));
  }
  countPersonalData(person: string) {
    return this.#alive(() => this.inner.countPersonalData(person));
  }
  override readRun(runId: string) {
    return this.#alive(() => this.inner.readRun(runId));
  }
  override findRuns(filter: DurableRunFilter) {
    return this.#alive(() => this.inner.findRuns(filter));
  }
  override holdRuns() {
    return this.#alive(() => this.inner.holdRuns());
  }
  watch(listener: (event: StoreEvent) => void): () => void {
    return this.inner.watch(listener);
  }

  async #alive<T>(call: () => Promise<T>): Promise<T> {
    this.#expectAlive();
    return call();
  }

  #expectAlive(): void {
    if (this.isDead) throw this.#dead();
  }

  #dead = () =>
    new StoreError('STORE_FAILED', 'The process is dead', {
      remedy: 'None.',
      evidence: { retryable: false, outcome: 'unknown' },
    });
}

/** A call of an agent or tool. */
export interface Act {
  readonly agent: string;
  readonly key: string;
  readonly attempt: number;
  readonly input: unknown;
}

export interface AgentPlan {
  /** The third argument makes a runtime of all agents in the process of the agent, which are the fourth. */
  readonly work: (
    input: unknown,
    context: InvocationContext,
    runtime: () => TrustAwareOrchestrationRuntime,
    agents: readonly TrustedAgent[],
  ) => unknown;
  readonly capabilities?: readonly (string | CapabilityRequest)[];
  readonly tools?: Readonly<Record<string, TrustedTool>>;
  readonly methods?: readonly string[];
  readonly interrupted?: 'unknown' | 'retry';
  readonly requiresApproval?: TrustedAgentOptions['requiresApproval'];
}

/** A store that outlives processes, with agents that each process makes for itself. */
export class Machines {
  readonly store: TrustStore;
  readonly keyManager = new InMemoryKeyManager();
  /** The acts of the agents, in all processes. */
  readonly acts: Act[] = [];
  readonly trust: TrustOperations;

  private constructor(
    readonly plans: Readonly<Record<string, AgentPlan>>,
    readonly patterns: readonly PatternPlugin[],
    store: TrustStore | undefined,
  ) {
    this.store = store ?? suiteStore();
    this.trust = new TrustOperations({ store: this.store, keyManager: this.keyManager });
  }

  static async make(
    plans: Readonly<Record<string, AgentPlan>>,
    patterns: readonly PatternPlugin[],
    store?: TrustStore,
  ): Promise<Machines> {
    const machines = new Machines(plans, patterns, store);
    const authority = await machines.trust.createEnterpriseAuthority({ name: 'ACME' });
    machines.#authority = authority;
    for (const agent of machines.#agents(machines.trust)) {
      const capabilities = plans[agent.name]?.capabilities ?? [];
      await agent.establishTrust({ authorityId: authority.id, capabilities });
    }
    return machines;
  }

  #authority: Authority | undefined;

  /** The keys of the authorities, for the verification of receipts. */
  async authorities(): Promise<Record<string, string>> {
    const { id, publicKey } = this.#authority as Authority;
    return { [id]: publicKey };
  }

  /** A process: its own trust operations over the store, which can die. */
  process(store: TrustStore = this.store) {
    const trust = new TrustOperations({ store, keyManager: this.keyManager });
    const options: WorkerOptions = { trust, agents: this.#agents(trust), patterns: this.patterns };
    return {
      runtime: new TrustAwareOrchestrationRuntime(options),
      worker: (more: Partial<WorkerOptions> = {}): Promise<RunWorker> => worker({ ...options, ...more }),
    };
  }

  /** Lets processes that die at one of their commits, and then a healthy one, execute a run to its end. */
  async executeWithCrashes(
    input: unknown,
    options: { readonly pattern: string; readonly options?: unknown },
    crashes: readonly { readonly last: number; readonly isApplied: boolean }[],
  ): Promise<{ result: unknown; runId: string; commits: number }> {
    const { runtime } = this.process();
    const run = await runtime.submit(input, { runId: 'run-1', taskId: 'task-1', ...options } as never);
    for (const { last, isApplied } of crashes) {
      const mortal = new MortalStore(this.store, last, isApplied);
      const serving = await this.process(mortal).worker();
      await Promise.race([untilDead(mortal), run.result().catch(() => undefined)]);
      await serving.stop();
    }
    const healthy = new MortalStore(this.store, Number.POSITIVE_INFINITY, true);
    const serving = await this.process(healthy).worker();
    try {
      const result = await run.result().catch((error: unknown) => error);
      return { result, runId: run.runId, commits: healthy.commits };
    } finally {
      await serving.stop();
    }
  }

  /** Checks that the trail of a run is whole, that nothing is open, and that nothing was done again after a success. */
  async expectSound(runId: string): Promise<void> {
    const verification = await this.trust.verifyTrail(runId);
    expect(verification.problems).toEqual([]);
    expect(verification.valid).toBe(true);
    expect(await this.store.openIntents({ trailId: runId })).toEqual([]);
    expect(await this.store.findDelegations({ runId, status: 'in_force' })).toEqual([]);
    const succeeded = new Map<string, number>();
    for (const { text } of await this.store.readTrail(runId)) {
      const { invocation_id: id, outcome } = JSON.parse(text).context;
      if (outcome !== 'success' || id === undefined) continue;
      const key = id.replaceAll(/#\d+/g, '');
      succeeded.set(key, (succeeded.get(key) ?? 0) + 1);
    }
    expect([...succeeded].filter(([, times]) => times > 1)).toEqual([]);
  }

  #agents(trust: TrustOperations): TrustedAgent[] {
    const agents: TrustedAgent[] = [];
    const runtime = () => new TrustAwareOrchestrationRuntime({ trust, agents, patterns: this.patterns });
    const made = Object.entries(this.plans).map(([name, plan]) => {
      const { work, tools = {}, methods = [], interrupted = 'retry', requiresApproval } = plan;
      const agent: AgentFunction = async (input, context) => {
        this.acts.push({ agent: name, key: context.idempotencyKey, attempt: context.attempt, input });
        return work(input, context, runtime, agents);
      };
      return new TrustedAgent({
        ...{ name, agent, trust, tools, methods, interrupted },
        ...(requiresApproval && { requiresApproval }),
      });
    });
    agents.push(...made);
    return made;
  }
}

async function untilDead(store: MortalStore): Promise<void> {
  while (!store.isDead) await new Promise((resolve) => setTimeout(resolve, 5));
}
