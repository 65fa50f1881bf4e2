import { type CapturedValue, decodeValue, encodeValue } from '../../values/index.js';
import { decodeError, encodeError } from './error-codec.js';

/** How a step ended: with a value that the pattern receives, or with an error that it catches. */
export type StepOutcome =
  | {
      /** The value. */
      readonly value: CapturedValue;
    }
  | {
      /** The error. */
      readonly error: unknown;
    };

/** Returns the text of an outcome. @throws UnsupportedValueError for an opaque value. */
export const encodeOutcome = (outcome: StepOutcome): string =>
  'value' in outcome ? `v${encodeValue(outcome.value)}` : `e${encodeError(outcome.error)}`;

/** Returns the value that {@link encodeOutcome} wrote. @throws the error that it wrote. */
export function settleOutcome(text: string): unknown {
  if (text.startsWith('v')) return decodeValue(text.slice(1));
  throw decodeError(text.slice(1));
}
