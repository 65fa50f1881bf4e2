import type { HumanOrigin } from '../../chain/index.js';
import {
  type CapturedValue,
  captureValue,
  decodeValue,
  encodeValue,
  type ValueLimits,
} from '../../values/index.js';
import type { RunRequest } from '../execute-options.js';

/** The input and the options of a run, with which any worker can execute it. */
export interface DurableRequest {
  /** The input. */
  readonly input: CapturedValue;
  /** The options. */
  readonly request: RunRequest;
}

/** The fields of a request that are kept. A signal, a listener and an outer invocation belong to one process. */
type KeptRequest = Pick<
  RunRequest,
  | 'pattern'
  | 'patternOptions'
  | 'agents'
  | 'runId'
  | 'taskId'
  | 'initiatorId'
  | 'humanOrigin'
  | 'facts'
  | 'timeout'
  | 'budget'
> & {
  readonly input: unknown;
  /** When the time limit of the run began, in milliseconds since the epoch. */
  readonly startedAt: number;
};

/** Returns the text of a request. @throws UnsupportedValueError for a value that cannot be stored. */
export function encodeRequest({ input, request }: DurableRequest, startedAt: number): string {
  const { pattern, patternOptions, agents, runId, taskId, initiatorId, humanOrigin, facts, timeout, budget } =
    request;
  if (input.isOpaque) input.encoded();
  const kept: KeptRequest = {
    ...{ pattern, patternOptions, agents, runId, taskId, initiatorId, timeout, budget, startedAt },
    ...{ humanOrigin: humanOrigin && { ...humanOrigin }, facts: { ...facts }, input: input.value },
  };
  return encodeValue(captureValue(kept, 'request'));
}

/** Returns the request that {@link encodeRequest} wrote. */
export function decodeRequest(text: string, limits: ValueLimits | undefined, now: number): DurableRequest {
  const kept = decodeValue(text) as KeptRequest;
  const { input, startedAt, timeout, humanOrigin, ...options } = kept;
  return {
    input: captureValue(input, 'input of the run', limits),
    request: {
      ...options,
      humanOrigin: humanOrigin as HumanOrigin | undefined,
      timeout: timeout === undefined ? undefined : Math.max(1, startedAt + timeout - now),
      isRunIdGiven: true,
      within: undefined,
      signal: undefined,
      onEvent: undefined,
    },
  };
}
