import * as z from 'zod';
import { type HumanOrigin, newId } from '../chain/index.js';
import { InvalidArgumentError } from '../errors/index.js';
import { type Budget, budgetField } from '../invocation/budget-terms.js';
import { milliseconds } from '../invocation/call-options.js';
import type { InvocationContext } from '../invocation/context.js';
import type { CheckedName, OptionsOf } from '../pattern/names.js';
import { newRunId } from '../trust/audit/trail-writer.js';
import { isRunTrail } from '../trust/index.js';
import { humanOriginField } from '../trust/request-fields.js';
import { idField, parseOptions, toFacts } from '../wire/index.js';
import type { RunJournal } from './journal/run-journal.js';
import type { RunEvent } from './run-events.js';

/** Options of a run. */
export interface ExecuteOptions<Name extends string = string> {
  /** The name of the pattern. Default: `sequential`. */
  readonly pattern?: Name;
  /** The pattern's own options. */
  readonly options?: OptionsOf<Name>;
  /** The names of the agents that take part, in the order in which the pattern sees them. Default: all. */
  readonly agents?: readonly string[];
  /** The agent or user that requests the run. Signed with every anchor. */
  readonly initiatorId?: string;
  /** The task that the run belongs to. Default: `orch-` and a UUID. */
  readonly taskId?: string;
  /** The id of the run and of its trail. Default: `run-` and a UUID. */
  readonly runId?: string;
  /**
   * The person on whose behalf the run acts. Every anchor signs a pseudonym and a salted digest. Default: no person.
   */
  readonly humanOrigin?: HumanOrigin;
  /** Facts for constraint evaluators, in every invocation of the run. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * The invocation in which the run is started. The run cannot exceed its delegation and limits, acts for the same
   * person, and ends with it.
   */
  readonly within?: InvocationContext;
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal;
  /** The time limit of the whole run, in milliseconds. Default: the runtime's `limits.timeout`. */
  readonly timeout?: number;
  /** The limits of the run together with all runs inside it. Default: those of the run around it. */
  readonly budget?: Budget;
  /** A function that is called for each event. */
  readonly onEvent?: (event: RunEvent) => unknown;
}

/**
 * The options of a run as `execute` takes them, so that a misspelt name does not compile and an editor offers every
 * name.
 */
export interface CheckedExecuteOptions<Name extends string> extends Omit<ExecuteOptions<Name>, 'pattern'> {
  /** The name of the pattern. Default: `sequential`. */
  readonly pattern?: CheckedName<Name>;
}

const executeOptions = z.strictObject({
  pattern: z.string().min(1).optional(),
  options: z.unknown().optional(),
  agents: z.array(z.string()).min(1).optional(),
  initiatorId: idField.optional(),
  taskId: idField.optional(),
  runId: idField.optional(),
  humanOrigin: humanOriginField.optional(),
  context: z.unknown().optional(),
  within: z
    .custom<InvocationContext>((value) => typeof value === 'object', 'the context of an invocation')
    .optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal').optional(),
  timeout: milliseconds.optional(),
  budget: budgetField.optional(),
  onEvent: z
    .custom<(event: RunEvent) => unknown>((value) => typeof value === 'function', 'a function')
    .optional(),
});

/** The options of a run, read once. */
export interface RunRequest {
  /** The pattern's name. */
  readonly pattern: string;
  /** The options of the pattern, unchecked; the pattern's schema reads them. */
  readonly patternOptions: unknown;
  /** The agents' names; undefined: all. */
  readonly agents: readonly string[] | undefined;
  /** The run's id. */
  readonly runId: string;
  /** Whether the caller chose the run's id. */
  readonly isRunIdGiven: boolean;
  /** The task's id. */
  readonly taskId: string;
  /** The agent or user that requests the run. */
  readonly initiatorId: string | undefined;
  /** The person on whose behalf the run acts. */
  readonly humanOrigin: HumanOrigin | undefined;
  /** Facts for constraint evaluators. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The invocation in which the run is started. */
  readonly within: InvocationContext | undefined;
  /** Cancels the run when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** The time limit in milliseconds. */
  readonly timeout: number | undefined;
  /** The limits of the run together with all runs inside it. */
  readonly budget: Budget | undefined;
  /** A function that is called for each event. */
  readonly onEvent: ((event: RunEvent) => unknown) | undefined;
  /** The journal of a durable run that this process owns. */
  readonly journal?: RunJournal | undefined;
}

const NO_FACTS: Readonly<Record<string, unknown>> = Object.freeze({});

/** @throws InvalidArgumentError. */
export function parseExecuteOptions(given: ExecuteOptions<string> | undefined): RunRequest {
  const options = parseOptions(executeOptions, given === undefined ? {} : given, 'execute()');
  const { within, runId, signal } = options;
  if (runId !== undefined && !isRunTrail(runId)) {
    throw new InvalidArgumentError('`runId` must not name the shared trail, or that of checkpoints', {
      expected: 'a unique id for each run',
      received: `'${runId}', which is a trail outside runs`,
      remedy: 'Omit it to use a generated id.',
    });
  }
  return {
    pattern: options.pattern ?? 'sequential',
    patternOptions: options.options,
    agents: options.agents,
    runId: runId ?? newRunId(),
    isRunIdGiven: runId !== undefined,
    taskId: taskOf(options.taskId, within),
    initiatorId: options.initiatorId ?? within?.agentId,
    humanOrigin: options.humanOrigin as HumanOrigin | undefined,
    facts: options.context === undefined ? NO_FACTS : toFacts(options.context),
    within,
    signal,
    timeout: options.timeout,
    budget: options.budget as Budget | undefined,
    onEvent: options.onEvent,
  };
}

/** A run that is started inside an invocation is part of the same task. */
function taskOf(taskId: string | undefined, within: InvocationContext | undefined): string {
  if (!within || taskId === undefined || taskId === within.taskId)
    return taskId ?? within?.taskId ?? newId('orch');
  throw new InvalidArgumentError('`taskId` must be the task of the invocation around the run', {
    expected: `the task '${within.taskId}'`,
    received: `'${taskId}'`,
    remedy: 'Omit `taskId`.',
  });
}
