import { addExtension } from 'msgpackr';
import { EXTENSION } from './extensions.js';
import {
  PythonDate,
  PythonDateTime,
  PythonDecimal,
  PythonFloat,
  PythonTime,
  PythonTimeDelta,
  PythonUuid,
} from './python-values.js';
import { Digits, MAX_DIGITS } from './to-wire.js';
import type { ExtensionReaders } from './value-reader.js';

// msgpackr knows extensions for a whole process, so a later addExtension() with one of these types would take it over;
// they lie in a range that is not used by itself or by libraries that we know of.
const texts = [
  [EXTENSION.datetime, PythonDateTime],
  [EXTENSION.date, PythonDate],
  [EXTENSION.time, PythonTime],
  [EXTENSION.timedelta, PythonTimeDelta],
  [EXTENSION.decimal, PythonDecimal],
  [EXTENSION.uuid, PythonUuid],
] as const;

const readers = new Map<number, (content: Uint8Array) => unknown>();
/** Reads the content of each extension but the one of pairs. */
export const EXTENSION_READERS: ExtensionReaders = readers;

for (const [type, Class] of texts) {
  addExtension({
    Class,
    type,
    pack: (value: { text: string }) => Buffer.from(value.text, 'latin1'),
  });
  readers.set(type, (content) => new Class(Buffer.from(content).toString('latin1')));
}

addExtension({
  Class: Digits,
  type: EXTENSION.integer,
  pack: (value: Digits) => Buffer.from(String(value.value), 'latin1'),
});
readers.set(EXTENSION.integer, (content) => readInteger(Buffer.from(content).toString('latin1')));

function readInteger(digits: string): bigint {
  if (!/^-?[1-9]\d{18,}$/.test(digits) || digits.length > MAX_DIGITS + 1)
    throw new TypeError('an integer that is not written in decimal digits, or has too many of them');
  return BigInt(digits);
}

interface Room {
  readonly target: Uint8Array;
  readonly targetView: DataView;
  readonly position: number;
}

// Not an extension on the wire: msgpackr would write a whole number as an integer, and this writes a float 64 itself.
addExtension({
  Class: PythonFloat,
  type: 127,
  pack(value: PythonFloat, makeRoom: (size: number) => Room): undefined {
    const { target, targetView, position } = makeRoom(9);
    target[position] = 0xcb;
    targetView.setFloat64(position + 1, value.value);
  },
} as never);
