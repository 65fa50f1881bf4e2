import { EatpError } from '@kaizen-eatp/core';
import type {
  AgentHandle,
  DelegationGrant,
  PatternExecution,
  PatternExecutor,
  PatternPlugin,
} from '@kaizen-eatp/core/plugin';
import { controlledSources, type SourceControl } from './controlled-sources.js';
import { patternCode } from './pattern-code.js';

/** A request of a pattern to its execution. */
export interface Asked {
  /** The method of the execution. */
  readonly op: 'invoke' | 'delegate' | 'verify' | 'share' | 'report' | 'approval';
  /** The names on the handles that it passed. */
  readonly agents: readonly string[];
  /** Whether each handle is one of `execution.agents`. */
  readonly isGiven: boolean;
  /** The value that it passed: the input of an invocation, a shared value, a report, or a request for approval. */
  readonly value: unknown;
  /** The options that it passed. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The delegation that it was given. */
  readonly grant?: DelegationGrant;
  /** The error with which it was refused, or with which the agent failed. */
  readonly error?: EatpError;
  /** How many requests there were when it ended. */
  readonly requestsAtEnd?: number;
  /** Whether it is still in progress. */
  readonly isPending: boolean;
  /** Whether it was made after the run had ended. */
  readonly isLate: boolean;
}

/** One execution of a pattern, as observed between the pattern and its guard. */
export interface SpiedExecution {
  /** The requests so far. */
  readonly asked: readonly Asked[];
  /** The requests that were in progress when the pattern's `execute` settled; undefined before that. */
  readonly leftBehind?: readonly Asked[];
  /** Resolves when the pattern's own `execute` has settled. */
  readonly settled: Promise<void>;
  /** The options, as the pattern sees them. */
  readonly options: unknown;
  /** How many of its requests for the time, a random number or a pause are in progress. */
  readonly pausing: number;
}

/** Wraps a pattern and records its requests, even if the pattern hides the answers. */
export class SpiedPattern {
  readonly #executions = new Map<string, SpiedExecution>();
  /** The wrapped pattern, for a runtime. */
  readonly executor: PatternExecutor<never>;

  /** @param control - what the suite controls of the sources of all executions. Default: see {@link SourceControl}. */
  constructor(
    instance: PatternExecutor<never>,
    private readonly control: SourceControl = {},
  ) {
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
    const record: Mutable<SpiedExecution> = {
      asked,
      settled: settlement.promise,
      options: execution.options,
      pausing: 0,
    };
    this.#executions.set(execution.runId, record);
    const settle = (): void => {
      record.leftBehind = asked.filter((request) => request.isPending).map((request) => ({ ...request }));
      settlement.resolve();
    };
    const isOver = (): boolean => record.leftBehind !== undefined;
    const spied = spy(execution, { record, asked, isOver, control: this.control });
    const outcome = patternCode.run(execution.runId, async () => run(spied));
    return outcome.finally(settle);
  }
}

/** Returns an instance of a pattern. */
export const instanceOf = (plugin: PatternPlugin): PatternExecutor<never> =>
  typeof plugin === 'function' ? new plugin() : plugin;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Request<T> {
  readonly op: Asked['op'];
  readonly handles: readonly AgentHandle[];
  readonly value?: unknown;
  readonly options?: object | undefined;
  readonly ask: () => T;
}

interface Spy {
  readonly record: Mutable<SpiedExecution>;
  readonly asked: Mutable<Asked>[];
  readonly isOver: () => boolean;
  readonly control: SourceControl;
}

function spy(
  execution: PatternExecution<never>,
  { record, asked, isOver, control }: Spy,
): PatternExecution<never> {
  const sources = controlledSources(execution, control);
  const taken = async <T>(take: () => Promise<T>): Promise<T> => {
    record.pausing += 1;
    try {
      return await patternCode.exit(take);
    } finally {
      record.pausing -= 1;
    }
  };
  const note = ({ op, handles, value, options }: Request<unknown>): Mutable<Asked> => {
    const request = {
      op,
      agents: handles.map((handle) => String(handle?.name)),
      isGiven: handles.every((handle) => execution.agents.includes(handle)),
      value,
      options: { ...options },
      isPending: true,
      isLate: isOver(),
    };
    asked.push(request);
    return request;
  };
  const noted = async <T>(given: Request<Promise<T>>): Promise<T> => {
    const request = note(given);
    try {
      // The guard's own timers are not those of the pattern.
      const answer = await patternCode.exit(given.ask);
      if (given.op === 'delegate') request.grant = answer as DelegationGrant;
      return answer;
    } catch (error) {
      if (error instanceof EatpError) request.error = error;
      throw error;
    } finally {
      request.isPending = false;
      request.requestsAtEnd = asked.length;
    }
  };
  return Object.freeze({
    ...execution,
    get signal() {
      return execution.signal;
    },
    invoke: (agent, value, options) =>
      noted({
        op: 'invoke',
        handles: [agent],
        value,
        options,
        ask: () => execution.invoke(agent, value, options),
      }),
    delegate: (from, to, options) =>
      noted({
        op: 'delegate',
        handles: [from, to],
        options,
        ask: async () => {
          const refusal = control.refuses?.(from.name, to.name);
          if (refusal) throw refusal;
          return execution.delegate(from, to, options);
        },
      }),
    verify: (agent, action, options) =>
      noted({ op: 'verify', handles: [agent], options, ask: () => execution.verify(agent, action, options) }),
    share: (agent, value, options) =>
      noted({
        op: 'share',
        handles: [agent],
        value,
        options,
        ask: () => execution.share(agent, value, options),
      }),
    report: (progress) => {
      note({ op: 'report', handles: [], value: progress, ask: () => undefined }).isPending = false;
      patternCode.exit(() => execution.report(progress));
    },
    now: () => taken(sources.now),
    random: () => taken(sources.random),
    sleep: (milliseconds) => taken(() => sources.sleep(milliseconds)),
    approval: (request) =>
      noted({ op: 'approval', handles: [], value: request, ask: () => sources.approval(request) }),
  } satisfies PatternExecution<never>);
}
