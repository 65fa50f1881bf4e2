import * as z from 'zod';
import type { CheckpointFinding } from '../../store/index.js';
import { functionField, parseOptions } from '../../wire/index.js';
import { notify } from '../../wire/notify.js';
import type { Deployment } from '../deployment.js';
import { type CheckpointRequest, checkpointRequest } from './checkpoint-request.js';
import { createCheckpoint, type MadeCheckpoint } from './create-checkpoint.js';

/** How checkpoints are made again and again. */
export interface CheckpointSchedule extends CheckpointRequest {
  /** Milliseconds from the end of one checkpoint to the beginning of the next. Default: 3,600,000, an hour. */
  readonly interval?: number;
  /** Called with each checkpoint that was made. Default: nothing. */
  readonly onCheckpoint?: (checkpoint: MadeCheckpoint) => unknown;
  /** Called with the error of a checkpoint that failed; the next is tried as planned. Default: a warning of the process. */
  readonly onError?: (error: unknown) => unknown;
  /** Called if differences to earlier checkpoints were found that nothing explains. Default: a warning of the process. */
  readonly onFindings?: (findings: readonly CheckpointFinding[]) => unknown;
}

/** The schema of {@link CheckpointSchedule}. */
export const checkpointSchedule = checkpointRequest.extend({
  interval: z.int().positive().optional(),
  onCheckpoint: functionField<NonNullable<CheckpointSchedule['onCheckpoint']>>().optional(),
  onError: functionField<NonNullable<CheckpointSchedule['onError']>>().optional(),
  onFindings: functionField<NonNullable<CheckpointSchedule['onFindings']>>().optional(),
});

/**
 * Makes checkpoints at an interval, the first one at once. The timer does not keep the process alive.
 *
 * @returns a function that ends it, and resolves once no checkpoint is being made.
 */
export function scheduleCheckpoints(
  deployment: Deployment,
  given: CheckpointSchedule = {},
): () => Promise<void> {
  const {
    interval = 3_600_000,
    onCheckpoint = () => undefined,
    onError = (error: unknown) => warn('A checkpoint failed', String(error)),
    onFindings = (found: readonly CheckpointFinding[]) =>
      warn('The store was changed', found.map(({ reason }) => reason).join('; ')),
    ...request
  } = parseOptions(checkpointSchedule, given, 'scheduleCheckpoints()');
  let isEnded = false;
  let timer: NodeJS.Timeout | undefined;
  const make = async (): Promise<void> => {
    try {
      const made = await createCheckpoint(deployment, request as CheckpointRequest);
      notify(onCheckpoint, made);
      if (made.findings.length > 0) notify(onFindings, made.findings);
    } catch (error) {
      notify(onError, error);
    }
    if (isEnded) return;
    timer = setTimeout(start, interval);
    timer.unref();
  };
  let running = Promise.resolve();
  const start = (): void => {
    running = make();
  };
  start();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    return running;
  };
}

const warn = (what: string, detail: string): void =>
  process.emitWarning(`${what}: ${detail}`, 'CheckpointWarning');
