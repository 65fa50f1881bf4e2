import { EatpError } from '@kaizen-eatp/core';
import type { AgentHandle, PatternExecution, PatternExecutor, PatternPlugin } from '@kaizen-eatp/core/plugin';

/** A request of a pattern to its execution. */
export interface Asked {
  /** The method of the execution. */
  readonly op: 'invoke' | 'delegate' | 'verify' | 'share';
  /** The names on the handles that it passed. */
  readonly agents: readonly string[];
  /** Whether each handle is one of `execution.agents`. */
  readonly isGiven: boolean;
  /** The error with which it was refused, or with which the agent failed. */
  readonly error?: EatpError;
  /** Whether it is still in progress. */
  readonly isPending: boolean;
}

/** One execution of a pattern, as observed between the pattern and its guard. */
export interface SpiedExecution {
  /** The requests so far. */
  readonly asked: readonly Asked[];
  /** The requests that were in progress when the pattern's `execute` settled; undefined before that. */
  readonly leftBehind?: readonly Asked[];
  /** Resolves when the pattern's own `execute` has settled. */
  readonly settled: Promise<void>;
}

/** Wraps a pattern and records its requests, even if the pattern hides the answers. */
export class SpiedPattern {
  readonly #executions = new Map<string, SpiedExecution>();
  /** The wrapped pattern, for a runtime. */
  readonly executor: PatternExecutor<never>;

  constructor(plugin: PatternPlugin) {
    const instance = typeof plugin === 'function' ? new plugin() : plugin;
    const execute = (execution: PatternExecution<never>): Promise<unknown> =>
      this.watch(execution, (spied) => instance.execute(spied));
    // With the original as its prototype it has the same class, and so the same name and options.
    this.executor = Object.create(instance, { execute: { value: execute } }) as PatternExecutor<never>;
  }

  /** Returns the execution of a run. */
  of(runId: string): SpiedExecution | undefined {
    return this.#executions.get(runId);
  }

  private watch(
    execution: PatternExecution<never>,
    run: (spied: PatternExecution<never>) => Promise<unknown>,
  ): Promise<unknown> {
    const asked: Mutable<Asked>[] = [];
    const settlement = Promise.withResolvers<void>();
    const record: Mutable<SpiedExecution> = { asked, settled: settlement.promise };
    this.#executions.set(execution.runId, record);
    const settle = (): void => {
      record.leftBehind = asked.filter((request) => request.isPending).map((request) => ({ ...request }));
      settlement.resolve();
    };
    const outcome = (async () => run(spy(execution, asked)))();
    return outcome.finally(settle);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function spy(execution: PatternExecution<never>, asked: Mutable<Asked>[]): PatternExecution<never> {
  const noted = async <T>(
    op: Asked['op'],
    handles: readonly AgentHandle[],
    ask: () => Promise<T>,
  ): Promise<T> => {
    const isGiven = handles.every((handle) => execution.agents.includes(handle));
    const request: Mutable<Asked> = {
      op,
      agents: handles.map((handle) => String(handle?.name)),
      isGiven,
      isPending: true,
    };
    asked.push(request);
    try {
      return await ask();
    } catch (error) {
      if (error instanceof EatpError) request.error = error;
      throw error;
    } finally {
      request.isPending = false;
    }
  };
  return Object.freeze({
    ...execution,
    get signal() {
      return execution.signal;
    },
    invoke: (agent, input, options) =>
      noted('invoke', [agent], () => execution.invoke(agent, input, options)),
    delegate: (from, to, options) =>
      noted('delegate', [from, to], () => execution.delegate(from, to, options)),
    verify: (agent, action, options) =>
      noted('verify', [agent], () => execution.verify(agent, action, options)),
    share: (agent, value, options) => noted('share', [agent], () => execution.share(agent, value, options)),
  } satisfies PatternExecution<never>);
}
