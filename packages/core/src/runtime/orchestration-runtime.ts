import type { AgentSource } from '../agent/agent-like.js';
import { EatpError, PatternFailedError } from '../errors/index.js';
import { Limiter } from '../invocation/limiter.js';
import type { ResultOf } from '../pattern/names.js';
import type { PatternExecutor } from '../pattern/pattern.js';
import { type PatternPlugin, PatternRegistry } from '../pattern/registry.js';
import { type CapturedValue, captureValue } from '../values/index.js';
import { EventStream } from './event-stream.js';
import {
  type CheckedExecuteOptions,
  type ExecuteOptions,
  parseExecuteOptions,
  type RunRequest,
} from './execute-options.js';
import { parseLimits, type RuntimeLimits } from './limits.js';
import { makeExecution } from './make-execution.js';
import type { OrchestrationResult } from './orchestration-result.js';
import { type AgentsByName, parseAgents, selectAgents } from './parse-agents.js';
import { PlainRun } from './plain-run.js';
import { Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import type { RunEvent, RunListener } from './run-events.js';
import type { RunObserver } from './run-observer.js';
import { observersOf, type RunObservers } from './run-observers.js';
import { parseRuntimeOptions, type RuntimeOptions } from './runtime-options.js';
import { valueLimitsOf } from './value-limits.js';

/** Options of a runtime. */
export interface OrchestrationRuntimeOptions<Agent> {
  /** The agents, in the order in which patterns see them. At least one. */
  readonly agents: AgentsByName<Agent>;
  /** The patterns that runs can name. */
  readonly patterns: readonly PatternPlugin[];
  /** The bounds of the runs. */
  readonly limits?: RuntimeLimits;
  /** Watch runs, invocations and tool calls, and can change nothing. Default: none. */
  readonly observers?: readonly RunObserver[];
}

/** A run in progress, with its events, its result and a way to stop it. */
export interface RunHandle<T = unknown> {
  /** The run's id. */
  readonly runId: string;
  /** The task that the run belongs to. */
  readonly taskId: string;
  /** The events from the start of the run; each event is read once. */
  readonly events: AsyncIterable<RunEvent>;
  /** The outcome. Rejects as `execute` does. */
  readonly result: Promise<OrchestrationResult<T>>;
  /** Stops the run. */
  cancel(reason?: unknown): void;
}

/** The parts of a run's work, read and checked. */
interface RunWork<Agent> {
  readonly executor: PatternExecutor<unknown>;
  readonly options: unknown;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly input: CapturedValue;
}

/** Executes agents by patterns, without trust. {@link TrustAwareOrchestrationRuntime} adds it. */
export class OrchestrationRuntime<Agent = AgentSource> {
  /** The agents by name, in the order in which they were given. */
  protected readonly agents: ReadonlyMap<string, Agent>;
  /** The bounds of the runs. */
  protected readonly limits: RuntimeLimits;
  /** The observers; undefined without any. */
  protected readonly observers: RunObservers | undefined;
  readonly #patterns: PatternRegistry;
  readonly #limiter: Limiter | undefined;

  /** @throws InvalidArgumentError, PluginError. */
  constructor(options: OrchestrationRuntimeOptions<Agent>) {
    const { agents, patterns, limits, observers } = parseRuntimeOptions(options as RuntimeOptions);
    this.observers = observersOf(observers);
    this.agents = parseAgents(agents as AgentsByName<Agent>);
    this.limits = parseLimits(limits);
    this.#patterns = new PatternRegistry(patterns);
    const { maxConcurrentRuns } = this.limits;
    this.#limiter = maxConcurrentRuns === undefined ? undefined : new Limiter(maxConcurrentRuns);
  }

  /** The names of the registered patterns. */
  get patternNames(): readonly string[] {
    return this.#patterns.names;
  }

  /**
   * Executes the agents by a pattern. Any number of executions can be in progress at once.
   *
   * @throws UnknownPatternError, InvalidPatternOptionsError, InvalidArgumentError before anything runs; then the
   * coded error of the run, which has the records of the run as `error.run`.
   */
  async execute<Name extends string = 'sequential'>(
    input: unknown,
    options?: CheckedExecuteOptions<Name>,
  ): Promise<OrchestrationResult<ResultOf<Name>>> {
    const request = this.requestOf(options as ExecuteOptions<string>);
    const run = new Run(request, this.#listeners(request.onEvent ? [request.onEvent] : []));
    return this.perform(input, run) as Promise<OrchestrationResult<ResultOf<Name>>>;
  }

  /**
   * Starts an execution and returns a handle to watch it and to stop it.
   *
   * @throws InvalidArgumentError for an option.
   */
  start<Name extends string = 'sequential'>(
    input: unknown,
    options?: CheckedExecuteOptions<Name>,
  ): RunHandle<ResultOf<Name>> {
    const asked = this.requestOf(options as ExecuteOptions<string>);
    const events = new EventStream();
    const canceller = new AbortController();
    const { signal: given, onEvent } = asked;
    const signal = given ? AbortSignal.any([given, canceller.signal]) : canceller.signal;
    const listeners = [(event: RunEvent) => events.push(event), ...(onEvent ? [onEvent] : [])];
    const run = new Run({ ...asked, signal }, this.#listeners(listeners));
    const result = this.perform(input, run).finally(() => events.end());
    // A caller that only reads events sees the failure there.
    result.catch(() => undefined);
    const cancel = (reason?: unknown): void => canceller.abort(reason);
    const { runId, taskId } = run;
    return { runId, taskId, events, result: result as never, cancel };
  }

  /** Checks a request before the run starts; subclasses override it. */
  protected checkRequest(request: RunRequest): RunRequest {
    return request;
  }

  /** Makes the driver behind a pattern's execution; subclasses override it. */
  protected async drive(run: Run, agents: ReadonlyMap<string, Agent>, _pattern: string): Promise<RunDriver> {
    return new PlainRun(run, agents, this.limits, this.observers);
  }

  /** Does the work of a run; subclasses override it to add steps before and after. */
  protected async within<T>(_run: Run, _driver: RunDriver, work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** Reads the options of a run. @throws InvalidArgumentError. */
  protected requestOf(options: ExecuteOptions<string> | undefined): RunRequest {
    const request = this.checkRequest(parseExecuteOptions(options));
    const { timeout = this.limits.timeout } = request;
    return Object.freeze({ ...request, timeout });
  }

  #listeners(listeners: readonly RunListener[]): readonly RunListener[] {
    return this.observers ? [...listeners, ...this.observers.listeners] : listeners;
  }

  /** Checks a run before it is submitted. @throws UnknownPatternError, InvalidPatternOptionsError, InvalidArgumentError. */
  protected checkStart(given: unknown, { pattern, patternOptions, agents }: RunRequest): CapturedValue {
    this.#patterns.get(pattern);
    this.#patterns.parseOptions(pattern, patternOptions);
    selectAgents(this.agents, agents);
    return captureValue(given, 'input of the run', valueLimitsOf(this.limits));
  }

  /** Performs a run, from the pattern's start to the record of its end. */
  protected async perform(given: unknown, run: Run): Promise<OrchestrationResult> {
    const { pattern, patternOptions, agents: names } = run.request;
    const executor = this.#patterns.get(pattern);
    const options = this.#patterns.parseOptions(pattern, patternOptions);
    const agents = selectAgents(this.agents, names);
    const input = captureValue(given, 'input of the run', valueLimitsOf(this.limits));
    const work = { executor, options, agents, input };
    const { observers } = this;
    if (!observers) return this.#performRun(run, work);
    return observers.aroundRun(run, input, () => this.#performRun(run, work));
  }

  async #performRun(
    run: Run,
    { executor, options, agents, input }: RunWork<Agent>,
  ): Promise<OrchestrationResult> {
    const { pattern } = run.request;
    const limits = valueLimitsOf(this.limits);
    const release = run.obeyCaller();
    let isIn = false;
    try {
      if (this.#limiter) {
        const limiter = this.#limiter;
        await run.control.race(() => limiter.enter(run.control.signal));
        isIn = true;
      }
      const driver = await this.drive(run, agents, pattern);
      run.emit({ type: 'run_started', taskId: run.taskId, pattern, agents: [...agents.keys()] });
      return await this.within(run, driver, async () => {
        try {
          await driver.open();
          const execution = makeExecution(run, driver, input.value, options);
          const output = await run.drive(pattern, executor, execution, driver.calls);
          const result = captureValue(output, `result of pattern '${pattern}'`, limits);
          const completed = await driver.complete(result);
          run.emit({ type: 'run_ended', outcome: 'success' });
          return completed;
        } catch (thrown) {
          const error = thrown instanceof EatpError ? thrown : new PatternFailedError(pattern, thrown);
          const failure = await driver.fail(error);
          if (!driver.isHandedOver) run.emit({ type: 'run_ended', outcome: 'failed', code: failure.code });
          throw failure;
        }
      });
    } finally {
      release();
      if (isIn) this.#limiter?.leave();
    }
  }
}
