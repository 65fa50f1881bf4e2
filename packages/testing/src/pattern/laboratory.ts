import { randomUUID } from 'node:crypto';
import {
  type AgentFunction,
  EatpError,
  type HumanOrigin,
  SHARED_TRAIL,
  type TrustAwareOrchestrationRuntime,
  type TrustedAgentOptions,
} from '@kaizen-eatp/core';
import type { ConstraintEvaluator, PatternExecutor } from '@kaizen-eatp/core/plugin';
import { auditAnchorCodec, delegationCodec } from '@kaizen-eatp/core/records';
import type { TrustStore } from '@kaizen-eatp/core/store';
import {
  type Script,
  type ScriptedAgent,
  type ScriptedCall,
  scriptedAgent,
} from '../fakes/scripted-agent.js';
import type { TrustWorld } from '../fakes/trust-world.js';
import type { CompletePlayer, CompleteSetup } from './complete-setup.js';
import type { SourceControl } from './controlled-sources.js';
import { newMark, type RunMarks } from './marks.js';
import type { Observation } from './observation.js';
import { instanceOf, type SpiedExecution, SpiedPattern } from './spied-pattern.js';

type Outcome = Observation['outcome'];

/** How a laboratory is made. */
export interface LaboratoryOptions {
  /** Is in every default answer. Default: a new mark. */
  readonly tenant?: string;
  /** Replace the setup's code of some agents. Default: none. */
  readonly scripts?: Readonly<Record<string, Script>>;
  /** The store. Default: a store of the setup. */
  readonly store?: TrustStore;
  /** The instance of the pattern. Default: an instance for this laboratory, if the plugin is a class. */
  readonly instance?: PatternExecutor<never>;
  /** Whether the pattern meets agents that are not trusted, instead of the runtime refusing the run. Default: false. */
  readonly meetsUntrusted?: boolean;
  /** The sources that the suite controls besides the time. Default: see {@link SourceControl}. */
  readonly control?: Omit<SourceControl, 'now'>;
  /** Tools that every agent has. Default: none. */
  readonly tools?: TrustedAgentOptions['tools'];
  /** Constraint evaluators in addition to the built-in ones. Default: none. */
  readonly evaluators?: readonly ConstraintEvaluator[];
}

/** How a run is started. */
export interface StartOptions {
  /** The mark in the input. Default: a new one. */
  readonly input?: string;
  /** The mark in the person. Default: a new one. */
  readonly person?: string;
  /** The options of the pattern. Default: those of the setup. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The id of the task. Default: a new one. */
  readonly taskId?: string;
  /** The time limit of the run in milliseconds. Default: none. */
  readonly timeout?: number | undefined;
}

/** A run in progress in a laboratory. */
export interface Experiment {
  /** The run's id. */
  readonly runId: string;
  /** The task's id. */
  readonly taskId: string;
  /** The marks of the run. */
  readonly marks: RunMarks;
  /** Resolves with the outcome of the run. */
  readonly ended: Promise<Outcome>;
  /** Resolves when the pattern's own `execute` has settled. */
  readonly patternEnded: Promise<void>;
  /** Cancels the run. */
  cancel(): void;
}

/** Returns the code of an agent: that of the setup, or the default answer with the mark of the tenant. */
export const answerOf = (
  name: string,
  { run, hasDefaultRun }: CompletePlayer,
  tenant: string,
): AgentFunction => (hasDefaultRun ? (input: unknown) => ({ by: name, given: input, tenant }) : run);

/**
 * A separate world with the setup's agents, all of them trusted, and the pattern under a spy. Every agent is under a
 * constraint, so that there is a constraint that delegations must keep.
 */
export class Laboratory {
  #runs = 0;

  private constructor(
    private readonly setup: CompleteSetup,
    readonly world: TrustWorld,
    private readonly runtime: TrustAwareOrchestrationRuntime,
    private readonly spied: SpiedPattern,
    readonly agents: Readonly<Record<string, ScriptedAgent>>,
    private readonly tenant: string,
  ) {}

  /** Makes a world and a runtime. */
  static async open(setup: CompleteSetup, options: LaboratoryOptions = {}): Promise<Laboratory> {
    const { tenant = newMark('tenant'), scripts = {}, store = setup.store(), tools } = options;
    const players = Object.entries(setup.agents);
    const agents = Object.fromEntries(
      players.map(([name, player]) => [name, scriptedAgent(scripts[name] ?? answerOf(name, player, tenant))]),
    );
    const people = players.map(([name, { capabilities }]) => [
      name,
      {
        agent: agents[name] as ScriptedAgent,
        capabilities,
        constraints: [INHERITED_CONSTRAINT],
        ...(tools && { tools }),
      },
    ]);
    const { control, evaluators } = options;
    const world = await setup.world({
      agents: Object.fromEntries(people),
      store,
      ...(evaluators && { operations: { constraintEvaluators: evaluators } }),
    });
    setup.introduce(world.agents);
    const spied = new SpiedPattern(options.instance ?? instanceOf(setup.pattern), {
      ...control,
      now: () => world.clock.now(),
    });
    const runtime = world.runtime([spied.executor], options.meetsUntrusted ? { requireTrust: false } : {});
    return new Laboratory(setup, world, runtime, spied, agents, tenant);
  }

  /** Starts a run. */
  start(options: StartOptions = {}): Experiment {
    this.#runs += 1;
    const runId = `run-${randomUUID()}`;
    const { input = newMark('input'), person = newMark('person'), taskId = taskOf(runId) } = options;
    const canceller = new AbortController();
    const execution = this.runtime.execute(this.setup.input(input), {
      pattern: this.setup.name as never,
      options: (options.options ?? this.setup.options) as never,
      runId,
      taskId,
      humanOrigin: personWith(person, this.world.clock.now()),
      signal: canceller.signal,
      ...(options.timeout !== undefined && { timeout: options.timeout }),
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
      taskId,
      marks: { input, person, tenant: this.tenant },
      ended,
      patternEnded: ended.then(
        () => this.spied.of(runId)?.settled,
        // The promise `ended` has the error.
        () => undefined,
      ),
      cancel: () => canceller.abort('the conformance suite cancels it'),
    };
  }

  /** The requests of the pattern in a run so far. */
  requestsOf({ runId }: Experiment): SpiedExecution | undefined {
    return this.spied.of(runId);
  }

  /** Collects everything that can be observed about a run at this moment. */
  async observe(
    circumstances: string,
    experiment: Experiment,
    outcome: Outcome,
  ): Promise<Omit<Observation, 'leftovers'>> {
    const { trust, store } = this.world;
    const { runId, taskId, marks } = experiment;
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
      marks,
      outcome,
      calls: Object.fromEntries(calls),
      // The requests themselves, as one that comes after the run is to be seen as well.
      asked: spied?.asked ?? [],
      leftBehind: spied?.leftBehind ?? [],
      optionsSeen: spied?.options,
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

const taskOf = (runId: string): string => runId.replace('run-', 'task-');

const personWith = (mark: string, now: number): HumanOrigin => ({
  humanId: mark,
  displayName: `Person ${mark}`,
  authProvider: 'conformance suite',
  sessionId: `session of ${mark}`,
  authenticatedAt: new Date(now).toISOString() as HumanOrigin['authenticatedAt'],
});
