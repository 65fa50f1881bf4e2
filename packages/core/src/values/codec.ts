import { describe, MalformedRecordError } from '../errors/index.js';
import type { CapturedValue } from './captured-value.js';
import { fromTagged } from './from-tagged.js';
import { TAG } from './tag-name.js';

/**
 * Returns a string from which `decodeValue()` restores the value, for a journal. It keeps the order of properties,
 * which the canonical text does not.
 *
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE` for an opaque value.
 */
export const encodeValue = (captured: CapturedValue): string => captured.encoded();

/**
 * Returns the value that `encodeValue()` wrote. Capturing it again gives the same digest.
 *
 * @throws MalformedRecordError `MALFORMED_JSON`, `MALFORMED_RECORD` for any other text.
 */
export function decodeValue(text: string): unknown {
  const json = parse(text);
  return text.includes(TAG) ? fromTagged(json) : json;
}

function parse(text: string): unknown {
  try {
    if (typeof text !== 'string') throw new TypeError('not a string');
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedRecordError('MALFORMED_JSON', 'An encoded value is not JSON', {
      expected: 'what `encodeValue` wrote',
      received: describe(text),
      remedy: 'Check that the text is whole and has not been edited.',
      cause,
    });
  }
}
