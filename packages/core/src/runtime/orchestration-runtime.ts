import type { AgentLike, AgentSource, InvocationContext } from '../agent/agent-like.js';
import { newId } from '../chain/index.js';
import { describe, EatpError, InvalidArgumentError, PatternFailedError } from '../errors/index.js';
import { Limiter } from '../invocation/limiter.js';
import { currentInvocation } from '../invocation/scope.js';
import type { PatternName } from '../pattern/names.js';
import { type PatternPlugin, PatternRegistry } from '../pattern/registry.js';
import { newRunId } from '../trust/audit/trail-writer.js';
import { deepFreeze } from '../wire/index.js';
import {
  checkExecuteOptions,
  checkLimits,
  type ExecuteOptions,
  type RuntimeLimits,
} from './execute-options.js';
import { makeExecution } from './make-execution.js';
import type { OrchestrationResult } from './orchestration-result.js';
import { PlainRun } from './plain-run.js';
import { Run } from './run.js';
import type { RunDriver } from './run-driver.js';
import { EventStream, type RunEvent } from './run-events.js';

export interface OrchestrationRuntimeOptions<Agent> {
  /** By name, in the order in which patterns see them. At least one. */
  readonly agents: Readonly<Record<string, Agent>>;
  readonly patterns: readonly PatternPlugin[];
  readonly limits?: RuntimeLimits;
}

/** A run under way: its events as they happen, its end, and how to stop it. */
export interface RunHandle<T = unknown> {
  readonly runId: string;
  readonly taskId: string;
  /** From the start of the run, whenever they are read. */
  readonly events: AsyncIterable<RunEvent>;
  /** Rejects as `execute` does. */
  readonly result: Promise<OrchestrationResult<T>>;
  cancel(reason?: unknown): void;
}

/** Executes agents by patterns, without trust. {@link TrustAwareOrchestrationRuntime} adds it. */
export class OrchestrationRuntime<Agent = AgentSource> {
  protected readonly agents: Readonly<Record<string, Agent>>;
  protected readonly limits: RuntimeLimits;
  readonly #patterns: PatternRegistry;
  readonly #limiter: Limiter | undefined;

  /** @throws InvalidArgumentError, PluginError. */
  constructor(options: OrchestrationRuntimeOptions<Agent>) {
    this.agents = checkAgents(options.agents);
    this.limits = checkLimits(options.limits ?? {});
    this.#patterns = new PatternRegistry(options.patterns ?? []);
    const { maxConcurrentRuns } = this.limits;
    this.#limiter = maxConcurrentRuns === undefined ? undefined : new Limiter(maxConcurrentRuns);
  }

  /** The names of the registered patterns. */
  get patternNames(): readonly string[] {
    return this.#patterns.names;
  }

  /**
   * Executes the agents by a pattern. Any number of executions may be under way at once.
   *
   * @throws UnknownPatternError, InvalidPatternOptionsError, InvalidArgumentError before anything runs; then what
   * the pattern fails with: a coded error, with what the run left behind as `error.run`.
   */
  async execute<T = unknown, Name extends PatternName = PatternName>(
    input: unknown,
    options: ExecuteOptions<Name> = {},
  ): Promise<OrchestrationResult<T>> {
    checkExecuteOptions(options as ExecuteOptions<string>);
    const listeners = options.onEvent ? [options.onEvent] : [];
    return this.perform<T>(
      input,
      options as ExecuteOptions<string>,
      this.newRun(options as ExecuteOptions<string>, listeners),
    );
  }

  /** Starts an execution, to watch it and to stop it. */
  start<T = unknown, Name extends PatternName = PatternName>(
    input: unknown,
    options: ExecuteOptions<Name> = {},
  ): RunHandle<T> {
    checkExecuteOptions(options as ExecuteOptions<string>);
    const events = new EventStream();
    const canceller = new AbortController();
    const cancel = (reason?: unknown): void => canceller.abort(reason);
    const listeners = [
      (event: RunEvent) => events.push(event),
      ...(options.onEvent ? [options.onEvent] : []),
    ];
    const signal = options.signal ? AbortSignal.any([options.signal, canceller.signal]) : canceller.signal;
    const merged = { ...options, signal } as ExecuteOptions<string>;
    const run = this.newRun(merged, listeners);
    const result = this.perform<T>(input, merged, run).finally(() => events.end());
    // Somebody who only reads events is told of the failure there.
    result.catch(() => undefined);
    return { runId: run.runId, taskId: run.taskId, events, result, cancel };
  }

  /** What stands behind the pattern's execution. */
  protected async drive(run: Run, _pattern: string): Promise<RunDriver> {
    const agents = Object.entries(this.agents).map(([name, agent]) => [name, asAgentLike(agent)]);
    return new PlainRun(run, Object.fromEntries(agents), this.limits);
  }

  /** Around each run that a subclass wants to know of. */
  protected async within<T>(_driver: RunDriver, work: () => Promise<T>): Promise<T> {
    return work();
  }

  private newRun(options: ExecuteOptions<string>, listeners: readonly ((event: RunEvent) => void)[]): Run {
    const timeout = options.timeout ?? this.limits.timeout;
    // Frozen copies: who wished for a run must be the same at its end as at its start.
    const around = currentInvocation();
    const whose = around?.humanOrigin ?? options.humanOrigin;
    const humanOrigin = whose && deepFreeze({ ...whose });
    const settled: ExecuteOptions<string> = Object.freeze({
      ...options,
      ...(timeout !== undefined && { timeout }),
      ...(humanOrigin && { humanOrigin }),
    });
    return new Run(options.runId ?? newRunId(), taskOf(options, around), settled, listeners);
  }

  private async perform<T>(
    input: unknown,
    options: ExecuteOptions<string>,
    run: Run,
  ): Promise<OrchestrationResult<T>> {
    const pattern = options.pattern ?? 'sequential';
    const executor = this.#patterns.get(pattern);
    const patternOptions = this.#patterns.parseOptions(pattern, options.options);
    const release = run.obeyCaller();
    let isIn = false;
    try {
      if (this.#limiter) {
        const limiter = this.#limiter;
        await run.control.race(() => limiter.enter(run.control.signal));
        isIn = true;
      }
      const driver = await this.drive(run, pattern);
      run.emit({
        type: 'run_started',
        taskId: run.taskId,
        pattern,
        agents: driver.handles.map((agent) => agent.name),
      });
      return await this.within(driver, async () => {
        try {
          await driver.open();
          const execution = makeExecution(run, driver, input, patternOptions);
          const result = await driver.complete(await run.drive(pattern, executor, execution));
          run.emit({ type: 'run_ended', outcome: 'success' });
          return result as OrchestrationResult<T>;
        } catch (thrown) {
          const error = thrown instanceof EatpError ? thrown : new PatternFailedError(pattern, thrown);
          const failure = await driver.fail(error);
          run.emit({ type: 'run_ended', outcome: 'failed', code: failure.code });
          throw failure;
        }
      });
    } finally {
      release();
      if (isIn) this.#limiter?.leave();
    }
  }
}

function asAgentLike(agent: unknown): AgentLike {
  return typeof agent === 'function' ? { run: agent as AgentLike['run'] } : (agent as AgentLike);
}

function checkAgents<Agent>(agents: Readonly<Record<string, Agent>>): Readonly<Record<string, Agent>> {
  if (typeof agents === 'object' && agents !== null && Object.keys(agents).length > 0) return { ...agents };
  throw new InvalidArgumentError('A runtime needs agents', {
    expected: 'an object with at least one agent by name',
    received: describe(agents),
    remedy: 'Pass them as `agents: { analyst, summarizer }`.',
  });
}

/** A run that is started inside an invocation is part of the same task. */
function taskOf({ taskId }: ExecuteOptions<string>, around: InvocationContext | undefined): string {
  if (!around || taskId === undefined || taskId === around.taskId)
    return taskId ?? around?.taskId ?? newId('orch');
  throw new InvalidArgumentError('A run inside an invocation belongs to its task', {
    expected: `the task '${around.taskId}'`,
    received: `'${taskId}'`,
    remedy: 'Leave `taskId` out.',
  });
}
