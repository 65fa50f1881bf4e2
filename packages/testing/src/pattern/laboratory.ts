import { EatpError, SHARED_TRAIL, type TrustAwareOrchestrationRuntime } from '@kaizen-eatp/core';
import { auditAnchorCodec, delegationCodec } from '@kaizen-eatp/core/records';
import type { TrustStore } from '@kaizen-eatp/core/store';
import {
  type Script,
  type ScriptedAgent,
  type ScriptedCall,
  scriptedAgent,
} from '../fakes/scripted-agent.js';
import type { TrustWorld } from '../fakes/trust-world.js';
import type { CompleteSetup } from './complete-setup.js';
import type { Observation } from './observation.js';
import { SpiedPattern } from './spied-pattern.js';

type Outcome = Observation['outcome'];

/** A run in progress in a laboratory. */
export interface Experiment {
  /** The run's id. */
  readonly runId: string;
  /** Resolves with the outcome of the run. */
  readonly ended: Promise<Outcome>;
  /** Resolves when the pattern's own `execute` has settled. */
  readonly patternEnded: Promise<void>;
  /** Cancels the run. */
  cancel(): void;
}

/**
 * A separate world with the setup's agents, all of them trusted, and the pattern under a spy. Every agent is under a
 * constraint, so that there is a constraint that delegations must keep.
 */
export class Laboratory {
  #runs = 0;

  private constructor(
    private readonly setup: CompleteSetup,
    private readonly world: TrustWorld,
    private readonly runtime: TrustAwareOrchestrationRuntime,
    private readonly spied: SpiedPattern,
    readonly agents: Readonly<Record<string, ScriptedAgent>>,
  ) {}

  /**
   * @param scripts - replace the setup's code of some agents.
   * @param store - default: a store of the setup.
   */
  static async open(
    setup: CompleteSetup,
    scripts: Readonly<Record<string, Script>> = {},
    store: TrustStore = setup.store(),
  ): Promise<Laboratory> {
    const players = Object.entries(setup.agents);
    const agents = Object.fromEntries(
      players.map(([name, { run }]) => [name, scriptedAgent(scripts[name] ?? run)]),
    );
    const people = players.map(([name, { capabilities }]) => [
      name,
      { agent: agents[name] as ScriptedAgent, capabilities, constraints: [INHERITED_CONSTRAINT] },
    ]);
    const world = await setup.world({ agents: Object.fromEntries(people), store });
    setup.introduce(world.agents);
    const spied = new SpiedPattern(setup.pattern);
    return new Laboratory(setup, world, world.runtime([spied.executor]), spied, agents);
  }

  /** Starts a run. @param mark - is in the run's input. */
  start(mark: string, timeout?: number): Experiment {
    this.#runs += 1;
    const runId = `run-${this.#runs}-of-${this.setup.name}`;
    const canceller = new AbortController();
    const execution = this.runtime.execute(this.setup.input(mark), {
      pattern: this.setup.name as never,
      options: this.setup.options as never,
      runId,
      taskId: `task-${this.#runs}-of-${this.setup.name}`,
      signal: canceller.signal,
      ...(timeout !== undefined && { timeout }),
    });
    const ended = execution.then(
      ({ result }): Outcome => ({ status: 'succeeded', result }),
      (error): Outcome => {
        // The run never started: the setup is at fault, not the pattern.
        if (!(error instanceof EatpError) || !error.run) throw error;
        return { status: 'failed', error };
      },
    );
    return {
      runId,
      ended,
      patternEnded: ended.then(
        () => this.spied.of(runId)?.settled,
        // The promise `ended` has the error.
        () => undefined,
      ),
      cancel: () => canceller.abort('the conformance suite cancels it'),
    };
  }

  /** Collects everything that can be observed about a run at this moment. */
  async observe(circumstances: string, runId: string, outcome: Outcome): Promise<Observation> {
    const { trust, store } = this.world;
    const taskId = runId.replace('run-', 'task-');
    const spied = this.spied.of(runId);
    const entries = await store.readTrail(runId);
    const calls = Object.entries(this.agents).map(([name, agent]) => [
      name,
      agent.calls
        .filter((call) => call.context.invocationId.startsWith(`${runId}/`) || this.#runs === 1)
        .map(copy),
    ]);
    return {
      circumstances,
      runId,
      taskId,
      outcome,
      calls: Object.fromEntries(calls),
      asked: (spied?.asked ?? []).map((request) => ({ ...request })),
      leftBehind: spied?.leftBehind ?? [],
      delegations: (await store.findDelegations({ runId })).map((entry) =>
        delegationCodec.decodeText(entry.text),
      ),
      trail: entries.map((entry) => auditAnchorCodec.decodeText(entry.text)),
      verification: await trust.verifyTrail(runId),
      openIntents: (await store.openIntents({ trailId: runId })).length,
      outsideEntries: (await store.readTrail(SHARED_TRAIL)).length,
    };
  }
}

/** A built-in constraint that allows everything, so that it changes no run, and must be in every delegation. */
export const INHERITED_CONSTRAINT = 'audit_required';

const copy = (call: ScriptedCall): ScriptedCall => ({ ...call });
