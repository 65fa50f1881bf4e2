import { type HumanOrigin, humanOriginCodec } from '../chain/index.js';
import { describe, expectOptions, InvalidArgumentError } from '../errors/index.js';
import type { OptionsOf, PatternName } from '../pattern/names.js';
import { SHARED_TRAIL } from '../trust/index.js';
import type { RunEvent } from './run-events.js';

/** How a run is to go. */
export interface ExecuteOptions<Name extends string = PatternName> {
  /** Default: `sequential`, as in the plan. */
  readonly pattern?: Name;
  /** The pattern's own options. */
  readonly options?: OptionsOf<Name>;
  /** Who wishes it: an agent or a user. Signed with every anchor. */
  readonly initiatorId?: string;
  /** Default: `orch-` and a UUID. */
  readonly taskId?: string;
  /** Names the run and its trail. Default: `run-` and a UUID. */
  readonly runId?: string;
  /** The person behind it. Signed with every anchor. */
  readonly humanOrigin?: HumanOrigin;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** For the whole run, in milliseconds. Default: the runtime's `limits.timeout`. */
  readonly timeout?: number;
  readonly onEvent?: (event: RunEvent) => void;
}

const OPTIONS: readonly (keyof ExecuteOptions)[] = [
  'pattern',
  'options',
  'initiatorId',
  'taskId',
  'runId',
  'humanOrigin',
  'signal',
  'timeout',
  'onEvent',
];

export interface RuntimeLimits {
  /** Runs at a time; others wait. Default: no limit. */
  readonly maxConcurrentRuns?: number;
  /** Agents at work at a time within a run; others wait. Default: 64. */
  readonly maxConcurrentInvocations?: number;
  /** For a whole run, in milliseconds. Default: no limit. */
  readonly timeout?: number;
  /** For one invocation, in milliseconds. Default: no limit. */
  readonly invocationTimeout?: number;
}

/** @throws InvalidArgumentError. */
export function checkExecuteOptions(options: ExecuteOptions<string>): void {
  expectOptions(options, 'a run', OPTIONS);
  for (const [name, value] of [
    ['taskId', options.taskId],
    ['runId', options.runId],
    ['initiatorId', options.initiatorId],
  ] as const) {
    if (value !== undefined && (typeof value !== 'string' || value.length === 0 || value.length > 256)) {
      throw new InvalidArgumentError(`\`${name}\` is not an id`, {
        expected: 'a text of 1 to 256 characters',
        received: describe(value),
        remedy: 'Leave it out to have one made.',
      });
    }
  }
  if (options.runId === SHARED_TRAIL) {
    throw new InvalidArgumentError('`runId` is taken', {
      expected: 'an id of its own for each run',
      received: `'${SHARED_TRAIL}', the trail for what happens outside runs`,
      remedy: 'Leave it out to have one made.',
    });
  }
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new InvalidArgumentError('`signal` is not an AbortSignal', {
      expected: 'an AbortSignal',
      received: describe(options.signal),
      remedy: 'Pass the `signal` of an AbortController.',
    });
  }
  if (options.onEvent !== undefined && typeof options.onEvent !== 'function') {
    throw new InvalidArgumentError('`onEvent` is not a function', {
      expected: 'a function that takes an event',
      received: describe(options.onEvent),
      remedy: 'Pass a function, or use start() and iterate its events.',
    });
  }
  checkMilliseconds('timeout', options.timeout);
  if (options.humanOrigin) humanOriginCodec.decode(humanOriginCodec.encode(options.humanOrigin));
}

const LIMITS: readonly (keyof RuntimeLimits)[] = [
  'maxConcurrentRuns',
  'maxConcurrentInvocations',
  'timeout',
  'invocationTimeout',
];

/** @throws InvalidArgumentError. */
export function checkLimits(limits: RuntimeLimits): RuntimeLimits {
  expectOptions(limits, 'the limits of a runtime', LIMITS);
  for (const name of ['maxConcurrentRuns', 'maxConcurrentInvocations'] as const) {
    const value = limits[name];
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      throw new InvalidArgumentError(`\`limits.${name}\` is not a count`, {
        expected: 'a whole number from 1',
        received: describe(value),
        remedy: 'Leave it out for the default.',
      });
    }
  }
  checkMilliseconds('limits.timeout', limits.timeout);
  checkMilliseconds('limits.invocationTimeout', limits.invocationTimeout);
  return limits;
}

export function checkMilliseconds(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value > 0 && value <= 2 ** 31 - 1)) return;
  throw new InvalidArgumentError(`\`${name}\` is not a time`, {
    expected: `milliseconds, more than 0 and at most ${2 ** 31 - 1}`,
    received: describe(value),
    remedy: 'Leave it out for no limit.',
  });
}
