import { describe } from '@kaizen-eatp/core/errors';
import { addExtension } from 'msgpackr';
import { newPackr } from '../protocol/msgpack.js';
import { EXTENSION } from './extensions.js';
import { EXTENSION_READERS } from './register-extensions.js';
import { Pairs, toWire } from './to-wire.js';
import { ValueNotTransferableError } from './value-error.js';
import { readValue } from './value-reader.js';

const packr = newPackr();
/** A second one, for what is packed while the first is at work. */
const inner = newPackr();

addExtension({
  Class: Pairs,
  type: EXTENSION.pairs,
  pack: (pairs: Pairs) => inner.pack(pairs.flat),
});

/**
 * Writes a value as MessagePack that Python reads as what it is (docs/protocol.md, "Values").
 *
 * @throws ValueNotTransferableError, naming where it stands, for whatever Python could not be given as it is.
 */
export function encodeValue(value: unknown): Buffer {
  return packr.pack(toWire(value));
}

/**
 * Reads a value that Python wrote.
 *
 * @throws ValueNotTransferableError for bytes that are not exactly one value.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  try {
    return readValue(bytes, EXTENSION_READERS, EXTENSION.pairs);
  } catch (error) {
    throw new ValueNotTransferableError('$', {
      expected: 'one value in MessagePack, as docs/protocol.md describes it',
      received: error instanceof Error ? error.message : describe(error),
      remedy: 'Write it with the bridge of either language.',
      cause: error,
    });
  }
}
