import { describeThrown } from './describe.js';
import { EatpError, type ErrorDetails } from './eatp-error.js';

type CheckpointCode =
  | 'CHECKPOINT_MALFORMED'
  | 'CHECKPOINT_NOT_TRUSTED'
  | 'CHECKPOINT_INCONSISTENT'
  | 'CHECKPOINT_LOG_DAMAGED'
  | 'CHECKPOINT_NOT_KEPT';

declare module './error-code-map.js' {
  interface ErrorCodeMap extends Record<CheckpointCode, CheckpointError> {}
}

/** A checkpoint cannot be read, is not signed by a key that counts, or does not continue an earlier one. */
export class CheckpointError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:CheckpointError';

  constructor(code: CheckpointCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }

  /** A string is no checkpoint, or no part of one. */
  static malformed(expected: string, received: string): CheckpointError {
    return new CheckpointError('CHECKPOINT_MALFORMED', 'This is not a checkpoint', {
      expected,
      received: received.length > 200 ? `${received.slice(0, 200)}…` : received,
      remedy: 'Pass the checkpoint byte for byte as it was made.',
    });
  }

  /** A string is no key of a log or a witness. */
  static malformedKey(received: string): CheckpointError {
    return new CheckpointError('CHECKPOINT_MALFORMED', 'This is not the key of a log or a witness', {
      expected: 'a key of the form <name>+<hash>+<key>',
      received: received.length > 200 ? `${received.slice(0, 200)}…` : received,
      remedy: 'Pass the key that kaizen-eatp checkpoint create or kaizen-eatp witness printed.',
    });
  }

  /** Several sinks did not take a checkpoint; the others have it. @param failures - by the places of the sinks, from 0. */
  static notKept(failures: ReadonlyMap<number, unknown>, sinks: number): CheckpointError {
    const all = [...failures];
    return new CheckpointError(
      'CHECKPOINT_NOT_KEPT',
      `${all.length} of ${sinks} sinks did not take the checkpoint`,
      {
        received: all.map(([place, error]) => `from sink ${place}: ${describeThrown(error)}`).join('; '),
        remedy:
          'Repair what the errors name. The other sinks have the checkpoint; the next one gives each sink what it lacks.',
        evidence: { failures: all.map(([place, error]) => ({ sink: place, error })) },
        cause: all[0]?.[1],
      },
    );
  }

  /** A checkpoint is not the continuation of one that was seen before: somewhere there is a fork. */
  static inconsistent(known: string, received: string): CheckpointError {
    return new CheckpointError(
      'CHECKPOINT_INCONSISTENT',
      'The checkpoint does not continue the last one that was kept',
      {
        expected: `a checkpoint that continues ${known}`,
        received,
        remedy:
          'Nothing was kept or signed. Keep both checkpoints: they show that the store was changed, or that two stores use one log.',
      },
    );
  }
}
