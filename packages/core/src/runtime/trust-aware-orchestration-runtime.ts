import { TrustedAgent } from '../agent/trusted-agent.js';
import type { HumanOrigin, VerificationLevel } from '../chain/index.js';
import { AgentNotTrustedError, type EatpError, InvalidArgumentError, PersonError } from '../errors/index.js';
import { expectActor } from '../invocation/actor.js';
import { expectOutside } from '../invocation/ambient.js';
import { expectScope, type Scope } from '../invocation/make-context.js';
import { InvocationSession } from '../invocation/session.js';
import type { ResultOf } from '../pattern/names.js';
import type { Deployment } from '../trust/deployment.js';
import { type Person, personOf } from '../trust/persons.js';
import { deploymentOf, type TrustOperations } from '../trust/trust-operations.js';
import type { CapturedValue } from '../values/index.js';
import { DurableRun } from './durable/durable-run.js';
import { nestedRequest, openNestedJournal } from './durable/nested-run.js';
import type { RunEngine } from './durable/run-engine.js';
import { StoreEngine } from './durable/store-engine.js';
import { storeRun } from './durable/submit.js';
import { expectSubmittable, type SubmitOptions } from './durable/submit-options.js';
import type { ExecuteOptions, RunRequest } from './execute-options.js';
import { GuardedRun } from './guarded-run.js';
import { JournaledDriver } from './journal/journaled-driver.js';
import { RunJournal } from './journal/run-journal.js';
import type { OrchestrationResult } from './orchestration-result.js';
import { OrchestrationRuntime, type OrchestrationRuntimeOptions } from './orchestration-runtime.js';
import { Participants } from './participants.js';
import { Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import { journalOf } from './run-parts.js';
import { expectTrust, parseRuntimeOptions } from './runtime-options.js';
import { valueLimitsOf } from './value-limits.js';

/** Options of a trust-aware runtime. */
export interface TrustAwareOrchestrationRuntimeOptions extends OrchestrationRuntimeOptions<TrustedAgent> {
  /** The trust operations that established the agents. */
  readonly trust: TrustOperations;
  /**
   * The level of the check of every agent before a run. Each step is checked at `standard` at least. Default:
   * `standard`.
   */
  readonly verificationLevel?: VerificationLevel;
  /**
   * Whether every agent must be trusted before a run starts, or each only when it acts. Acting is always checked.
   * Default: true.
   */
  readonly requireTrust?: boolean;
  /**
   * The engine of durable runs. Default: none, for a store that one process at a time can hold, such as a SQLite file or
   * a memory store.
   */
  readonly engine?: RunEngine;
}

/**
 * Orchestration in which every step is verified before it happens, and recorded with a signature after it. One runtime
 * takes any number of concurrent executions; each has its own trail.
 */
export class TrustAwareOrchestrationRuntime extends OrchestrationRuntime<TrustedAgent> {
  readonly #deployment: Deployment;
  readonly #level: VerificationLevel;
  readonly #participants: Participants;
  readonly #requireTrust: boolean;
  readonly #engine: RunEngine;

  /** @throws InvalidArgumentError, AgentNotTrustedError for an agent that is not a TrustedAgent, PluginError. */
  constructor(options: TrustAwareOrchestrationRuntimeOptions) {
    super(options);
    const {
      trust,
      verificationLevel = 'standard',
      requireTrust = true,
      engine,
    } = parseRuntimeOptions(options);
    this.#deployment = deploymentOf(expectTrust(trust));
    this.#level = verificationLevel;
    this.#requireTrust = requireTrust;
    this.#engine = engine ?? new StoreEngine(this.#deployment.store);
    this.#participants = new Participants(this.#deployment, verificationLevel);
    const ids = new Set<string>();
    for (const [name, agent] of this.agents) {
      if (!(agent instanceof TrustedAgent)) throw new AgentNotTrustedError(name, 'it is not a TrustedAgent');
      // An agent of the same name elsewhere has the same id; here it would act by the chain of ours.
      if (expectActor(agent).deployment !== this.#deployment)
        throw new AgentNotTrustedError(name, 'it was created with other TrustOperations than the runtime');
      if (ids.has(agent.id)) {
        throw new InvalidArgumentError(`Agent '${agent.id}' is given twice`, {
          expected: 'each agent once; agents with the same name have the same id',
          received: `'${agent.id}' twice`,
          remedy: 'Remove one of them, or give it an `id`.',
        });
      }
      ids.add(agent.id);
    }
  }

  /**
   * Submits a durable run, which the workers of the deployment execute: it survives the death of processes and machines,
   * and any process that shares the store can watch and control it. `signal`, `onEvent` and `within` belong to one
   * process, so they are not options of it.
   *
   * @throws UnknownPatternError, InvalidPatternOptionsError, InvalidArgumentError; StoreError `STORE_CONFLICT` if there
   * was a run with this `runId`.
   */
  async submit<Name extends string = 'sequential'>(
    input: unknown,
    options?: SubmitOptions<Name>,
  ): Promise<DurableRun<ResultOf<Name>>> {
    const request = this.requestOf(expectSubmittable(options as ExecuteOptions<string>));
    const captured = this.checkStart(input, request);
    await storeRun(this.#deployment, captured, request);
    await this.#engine.enqueue(request.runId);
    return this.attach(request.runId);
  }

  /** Returns a durable run that any process submitted. @throws InvalidArgumentError for an invalid id. */
  attach<T = unknown>(runId: string): DurableRun<T> {
    return new DurableRun<T>({ deployment: this.#deployment, engine: this.#engine }, runId);
  }

  /** @internal The parts that a worker needs. */
  durable() {
    return {
      deployment: this.#deployment,
      engine: this.#engine,
      limits: valueLimitsOf(this.limits),
      perform: (input: CapturedValue, request: RunRequest) => {
        const run = new Run(request, this.observers?.listeners ?? []);
        request.journal?.onStop((reason) => run.abort(reason as EatpError));
        return super.perform(input.value, run);
      },
    };
  }

  /** Checks that `within` names an invocation of this deployment. */
  protected override checkRequest(request: RunRequest): RunRequest {
    const { within, humanOrigin } = request;
    if (within === undefined) {
      expectOutside();
      return request;
    }
    const { host, call } = this.#outerOf(within);
    call.expectInProgress();
    const outer = host.humanOrigin;
    if (humanOrigin && !isSamePerson(humanOrigin, outer)) throw PersonError.mismatch(host.runId ?? call.id);
    return nestedRequest({ ...request, humanOrigin: outer }, call.step);
  }

  /** Performs a run; one inside a durable run with a journal of its own. */
  protected override async perform(given: unknown, run: Run): Promise<OrchestrationResult> {
    const { within } = run.request;
    const scope = within && this.#outerOf(within);
    const outer = scope?.call.step && journalOf(scope.host);
    if (!outer) return super.perform(given, run);
    const opened = await openNestedJournal(this.#deployment, outer, run.request);
    if (!(opened instanceof RunJournal)) {
      scope.call.nestedRuns.push(run.runId);
      return opened;
    }
    run.journal = opened;
    opened.onStop((reason) => run.abort(reason as EatpError));
    return super.perform(given, run).finally(() => opened.close());
  }

  /** Runs the pattern behind the guard. */
  protected override async drive(
    run: Run,
    agents: ReadonlyMap<string, TrustedAgent>,
    pattern: string,
  ): Promise<RunDriver> {
    for (const agent of agents.values()) if (!agent.trustChain) await agent.load();
    const { within, humanOrigin } = run.request;
    const outer = within && this.#outerOf(within);
    const { journal } = run;
    const guarded = new GuardedRun(run, {
      journal,
      deployment: this.#deployment,
      pattern,
      agents,
      level: this.#level,
      participants: this.#requireTrust ? this.#participants : undefined,
      limits: this.limits,
      person: await this.#personOf(humanOrigin, outer),
      outer,
      observers: this.observers,
    });
    return journal ? new JournaledDriver(guarded, journal, this.#deployment) : guarded;
  }

  /** Does the work of a run in its place among nested runs. */
  protected override async within<T>(run: Run, driver: RunDriver, work: () => Promise<T>): Promise<T> {
    const { within } = run.request;
    const leave = this.#participants.enter();
    const unwatch = (driver as GuardedRun | JournaledDriver).watch();
    try {
      return await (within ? this.#nested(run, this.#outerOf(within), work) : work());
    } finally {
      unwatch();
      leave();
    }
  }

  /** The run ends with the invocation around it, and the run around that one waits for its end. */
  async #nested<T>(run: Run, { host, call }: Scope, work: () => Promise<T>): Promise<T> {
    call.expectInProgress();
    call.nestedRuns.push(run.runId);
    const release = call.control.watchOver(run.control);
    try {
      return await (host as InvocationSession).at.track(() => call.away(work));
    } finally {
      release();
    }
  }

  /** The same salt as in the outer run, so that both trails show the same digest. */
  async #personOf(origin: HumanOrigin | undefined, outer: Scope | undefined): Promise<Person | undefined> {
    if (outer) return (outer.host as InvocationSession).at.person;
    return origin && personOf(this.#deployment, origin);
  }

  /** @throws InvalidArgumentError for the context of another deployment: nothing could bound the run. */
  #outerOf(within: unknown): Scope {
    const scope = expectScope(within) as unknown as Scope;
    const { host } = scope;
    if (host instanceof InvocationSession && host.at.deployment === this.#deployment) return scope;
    throw new InvalidArgumentError('`within` must be an invocation of the same deployment', {
      expected: 'the context of an agent over the same TrustOperations',
      received: `invocation ${scope.call.id} of another deployment, or without trust`,
      remedy: 'Start the run outside the invocation, with agents of its own deployment.',
      evidence: { invocationId: scope.call.id },
    });
  }
}

const isSamePerson = (one: HumanOrigin, other: HumanOrigin | undefined): boolean =>
  other !== undefined &&
  one.humanId === other.humanId &&
  one.displayName === other.displayName &&
  one.authProvider === other.authProvider &&
  one.sessionId === other.sessionId &&
  one.authenticatedAt === other.authenticatedAt;
