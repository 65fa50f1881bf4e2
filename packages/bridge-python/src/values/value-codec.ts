import { describe } from '@kaizen-eatp/core/errors';
import { addExtension } from 'msgpackr';
import { endOfValue, MalformedBytes } from '../protocol/check-msgpack.js';
import { newPackr, newUnpackr } from '../protocol/msgpack.js';
import { EXTENSION, VALUE_EXTENSIONS } from './extensions.js';
import { keyTrouble } from './python-keys.js';
import { Pairs, toWire } from './to-wire.js';
import { ValueNotTransferableError } from './value-error.js';
import './register-extensions.js';

const packr = newPackr();
const unpackr = newUnpackr(true);
/** A second one, for what is packed while the first is at work. */
const inner = newPackr();

addExtension({
  Class: Pairs,
  type: EXTENSION.pairs,
  pack: (pairs: Pairs) => inner.pack(pairs.flat),
  unpack: (bytes: Uint8Array) => readPairs(bytes),
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
    const end = endOfValue(bytes, 0, VALUE_EXTENSIONS);
    if (end !== bytes.length)
      throw new MalformedBytes(`more than one value: ${bytes.length - end} bytes follow`);
    return unpackr.unpack(bytes);
  } catch (error) {
    throw new ValueNotTransferableError('$', {
      expected: 'one value in MessagePack, as docs/protocol.md describes it',
      received: error instanceof Error ? error.message : describe(error),
      remedy: 'Write it with the bridge of either language.',
      cause: error,
    });
  }
}

function readPairs(bytes: Uint8Array): Map<unknown, unknown> {
  // Its content was checked together with the value around it.
  const flat: unknown = unpackr.unpack(Buffer.from(bytes));
  if (!Array.isArray(flat) || flat.length % 2 === 1)
    throw new MalformedBytes('a dict that is no list of pairs');
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < flat.length; i += 2) map.set(flat[i], flat[i + 1]);
  const trouble = map.size * 2 === flat.length ? keyTrouble(map.keys()) : 'it has a key twice';
  if (trouble !== undefined) throw new MalformedBytes(`a dict is none: ${trouble}`);
  return map;
}
