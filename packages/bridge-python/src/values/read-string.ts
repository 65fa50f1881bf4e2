import { isAscii, isUtf8 } from 'node:buffer';

/** Node's own method, which its types leave out: `toString()` without the time for its optional arguments. */
interface Bytes extends Buffer {
  latin1Slice(start: number, end: number): string;
}

/** Up to this length a loop is faster than a call of Node's own functions. */
const SHORT = 96;
const TINY = 8;
const { fromCharCode } = String;

/** Reads a string from UTF-8. @returns undefined for bytes that are not UTF-8. */
export function readString(given: Buffer, start: number, end: number): string | undefined {
  const bytes = given as Bytes;
  const size = end - start;
  if (size > SHORT) {
    const part = bytes.subarray(start, end);
    if (isAscii(part)) return bytes.latin1Slice(start, end);
    return isUtf8(part) ? bytes.toString('utf8', start, end) : undefined;
  }
  for (let i = start; i < end; i++)
    if ((bytes[i] as number) > 0x7f)
      return isUtf8(bytes.subarray(start, end)) ? bytes.toString('utf8', start, end) : undefined;
  return size <= TINY ? readTiny(bytes, start, size) : bytes.latin1Slice(start, end);
}

/** A few characters of ASCII: quicker than the way into Node's native code and back. */
function readTiny(bytes: Bytes, at: number, size: number): string {
  const code = (i: number): number => bytes[at + i] as number;
  switch (size) {
    case 0:
      return '';
    case 1:
      return fromCharCode(code(0));
    case 2:
      return fromCharCode(code(0), code(1));
    case 3:
      return fromCharCode(code(0), code(1), code(2));
    case 4:
      return fromCharCode(code(0), code(1), code(2), code(3));
    case 5:
      return fromCharCode(code(0), code(1), code(2), code(3), code(4));
    case 6:
      return fromCharCode(code(0), code(1), code(2), code(3), code(4), code(5));
    case 7:
      return fromCharCode(code(0), code(1), code(2), code(3), code(4), code(5), code(6));
    default:
      return fromCharCode(code(0), code(1), code(2), code(3), code(4), code(5), code(6), code(7));
  }
}

const SLOTS = 256;
const LONGEST_KNOWN = 32;
// Keys are names in a program, which come again in every value: it pays to keep them from one value to the next.
const known: (string | undefined)[] = new Array(SLOTS).fill(undefined);

/** Reads a key of an object, as `readString` does. */
export function readKey(given: Buffer, start: number, end: number): string | undefined {
  const bytes = given as Bytes;
  const size = end - start;
  if (size === 0 || size > LONGEST_KNOWN) return readString(bytes, start, end);
  const slot = ((bytes[start] as number) * 31 + (bytes[end - 1] as number) * 7 + size) % SLOTS;
  const text = known[slot];
  if (text !== undefined && isText(text, bytes, start, size)) return text;
  const read = readString(bytes, start, end);
  // Only ASCII has as many characters as bytes.
  if (read?.length === size) known[slot] = read;
  return read;
}

/** Whether these bytes are an ASCII string. */
function isText(text: string, bytes: Bytes, start: number, size: number): boolean {
  if (text.length !== size) return false;
  for (let i = 0; i < size; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
