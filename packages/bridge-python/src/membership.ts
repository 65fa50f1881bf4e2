import { EatpError, TrustedAgent } from '@kaizen-eatp/core';
import type { StoreEvent } from '@kaizen-eatp/core/store';
import type { BridgeEvents } from './bridge-events.js';
import type { BridgeSettings, PythonAgentTerms } from './bridge-options.js';
import { AgentPool } from './calls/agent-pool.js';
import { RemoteAgent } from './calls/remote-agent.js';
import type { Worker } from './calls/worker.js';

/** One Python agent: the object for the runtime, and the workers that serve it. */
interface Member {
  readonly agent: TrustedAgent;
  readonly bare: RemoteAgent;
  readonly pool: AgentPool;
  /** The last notification of the registry; the next one waits for it. */
  telling: Promise<void>;
}

/** The agents of a bridge, and the workers that serve them. */
export class Membership {
  readonly #members = new Map<string, Member>();

  constructor(
    private readonly settings: BridgeSettings,
    private readonly events: BridgeEvents,
  ) {
    // Terms that are invalid are refused now, and not when the agent joins.
    for (const name of Object.keys(settings.agents)) this.member(name);
  }

  /** Returns the same object for a name each time, whether a worker serves the agent or not. */
  agent(name: string): TrustedAgent {
    return this.member(name).agent;
  }

  /** The agent without the guard around it. */
  bareAgent(name: string): RemoteAgent {
    return this.member(name).bare;
  }

  async join(worker: Worker): Promise<void> {
    for (const { name, agentId } of worker.agents) {
      const { agent, pool } = this.member(name);
      await agent.refresh();
      if (worker.isEnded) return;
      const isFirst = pool.size === 0;
      pool.add(worker);
      if (!isFirst) continue;
      const { verify, versions } = worker.said;
      const { software } = worker;
      this.events.emit({ type: 'joined', agent: name, agentId, software, verify, versions });
      this.tell(name, (directory) => directory.register(agent));
    }
  }

  leave(worker: Worker, reason: string, only?: string): void {
    for (const { name, agentId } of worker.agents) {
      if (only !== undefined && agentId !== only) continue;
      const { agent, pool } = this.member(name);
      if (!pool.remove(worker) || pool.size > 0) continue;
      this.events.emit({ type: 'left', agent: name, agentId, reason });
      this.tell(name, async (directory) => directory.deregister(agent));
    }
  }

  /** A worker's connection was lost, or is there again. */
  changed(worker: Worker, isThere: boolean): void {
    const agents = worker.agents.map(({ name }) => name);
    this.events.emit({ type: isThere ? 'resumed' : 'interrupted', agents });
    for (const name of agents) {
      const { agent } = this.member(name);
      this.tell(name, async (directory) => directory.heartbeat?.(agent, { healthy: isThere }));
      this.serve(name);
    }
  }

  /** Removes an agent whose trust was revoked from all workers. */
  obey(event: StoreEvent, workers: Iterable<Worker>): void {
    if (event.type !== 'revoked' || event.revocation.kind !== 'agent') return;
    const { subjectId } = event.revocation;
    for (const worker of workers) this.leave(worker, 'its trust was revoked', subjectId);
  }

  serve(name: string): void {
    this.#members.get(name)?.pool.serve();
  }

  /** Nobody will bring these agents, for the reason given. */
  giveUp(names: Iterable<string>, error: Error): void {
    for (const name of names) this.#members.get(name)?.pool.close(error);
  }

  async close(error: Error): Promise<void> {
    this.giveUp(this.#members.keys(), error);
    await Promise.all([...this.#members.values()].map(({ telling }) => telling));
  }

  private member(name: string): Member {
    const known = this.#members.get(name);
    if (known) return known;
    const { trust, trace, agents } = this.settings;
    const pool = new AgentPool(name, this.settings);
    const bare = new RemoteAgent(pool, trace);
    const agent = new TrustedAgent({ ...termsOf(agents, name), name, agent: bare, trust });
    const member: Member = { agent, bare, pool, telling: Promise.resolve() };
    this.#members.set(name, member);
    return member;
  }

  private tell(
    name: string,
    what: (directory: NonNullable<BridgeSettings['registry']>) => Promise<unknown>,
  ): void {
    const { registry } = this.settings;
    if (!registry) return;
    const member = this.member(name);
    member.telling = member.telling
      .then(() => what(registry))
      .then(
        () => undefined,
        (error: unknown) => {
          // Other code registered it, or took it out, so nothing is left to do.
          const isAsWell =
            error instanceof EatpError &&
            (error.code === 'AGENT_ALREADY_REGISTERED' || error.code === 'AGENT_NOT_REGISTERED');
          if (!isAsWell) process.emitWarning(`The registry refused agent '${name}': ${String(error)}`);
        },
      );
  }
}

const termsOf = (agents: BridgeSettings['agents'], name: string): PythonAgentTerms =>
  (Object.hasOwn(agents, name) && agents[name]) || {};
