import { isUtf8 } from 'node:buffer';

/** The error for bytes of the wrong form. Its message says what is wrong and where. */
export class MalformedBytes extends Error {}

/** How deeply values can be nested. */
export const MAX_DEPTH = 200;
/** Elements of arrays and maps in one value, counted over the whole: as many as one value of an agent can have. */
export const MAX_ELEMENTS = 1_000_000;
/** The same for the frames of one message together; the values of agents are bytes there. */
export const MAX_MESSAGE_ELEMENTS = 100_000;
const bad = (what: string, at: number): MalformedBytes => new MalformedBytes(`${what} at byte ${at}`);

// For each container that is open: how many elements are left, and whether they are keys and values. A value within an
// extension has a place of its own for where it begins.
const left = new Uint32Array(2 * MAX_DEPTH + 2);
const isMap = new Uint8Array(2 * MAX_DEPTH + 2);

/** How many elements were found so far; the value itself is none. */
let elements = 0;
let limit = MAX_ELEMENTS;

/** The extension types that may occur. */
export interface Extensions {
  readonly known: ReadonlySet<number>;
  /** The one that holds a value in MessagePack itself, if any. */
  readonly nesting?: number;
}

/**
 * Finds the end of one MessagePack value without decoding it. A decoder believes lengths that bytes declare and makes
 * room for them; this looks first, so that no bytes of a stranger are decoded that do not hold what they say, in a form
 * that both languages read alike: map keys are strings, strings are UTF-8, nesting is bounded, extensions are known ones.
 *
 * @returns the offset behind the value.
 * @throws MalformedBytes.
 */
export function endOfValue(bytes: Uint8Array, start: number, extensions: Extensions): number {
  elements = -1;
  limit = MAX_ELEMENTS;
  return walk(bytes, start, extensions, 0, 0);
}

/**
 * Examines the values of a message, which follow each other, in the same way. Empty ones take a byte or two each, and
 * decoded a hundred, so they are counted too.
 *
 * @throws MalformedBytes.
 */
export function checkMessage(bytes: Uint8Array, extensions: Extensions): void {
  elements = 0;
  limit = MAX_MESSAGE_ELEMENTS;
  for (let at = 0; at < bytes.length; ) at = walk(bytes, at, extensions, 0, 0);
}

/**
 * @param base - the first place in {@link left} that is free.
 * @param level - how many containers are around the value.
 */
function walk(bytes: Uint8Array, start: number, extensions: Extensions, base: number, level: number): number {
  let at = start;
  let depth = base;
  left[base] = 1;
  isMap[base] = 0;
  const end = bytes.length;
  const u16 = (i: number): number => ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  const u32 = (i: number): number => u16(i) * 0x1_0000 + u16(i + 2);
  const need = (size: number): void => {
    if (at + size > end) throw bad('the end comes too early', end);
  };
  for (;;) {
    while (left[depth] === 0) {
      if (depth === base) return at;
      depth -= 1;
    }
    const isKey = isMap[depth] === 1 && (left[depth] as number) % 2 === 0;
    (left[depth] as number)--;
    if (!isKey && ++elements > limit) throw bad(`more than ${limit} elements`, at);
    need(1);
    const head = bytes[at] as number;
    const isText = (head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb);
    if (isKey && !isText) throw bad('a map has a key that is not a string', at);
    at += 1;
    if (isText) {
      let size = head & 0x1f;
      if (head > 0xbf) {
        const width = 1 << (head - 0xd9);
        need(width);
        size = width === 1 ? (bytes[at] as number) : width === 2 ? u16(at) : u32(at);
        at += width;
      }
      need(size);
      checkText(bytes, at, at + size, isKey);
      at += size;
    } else if (head <= 0x7f || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) {
      // Holds itself.
    } else if (head <= 0x9f || (head >= 0xdc && head <= 0xdf)) {
      let count: number;
      const holdsPairs = head <= 0x8f || head >= 0xde;
      if (head <= 0x9f) count = head & 0x0f;
      else {
        const width = head % 2 === 0 ? 2 : 4;
        need(width);
        count = width === 2 ? u16(at) : u32(at);
        at += width;
      }
      if (holdsPairs) count *= 2;
      // Each element takes at least a byte.
      if (count > end - at) throw bad('a container is longer than the bytes', at);
      if (level + depth - base === MAX_DEPTH) throw bad(`nesting beyond ${MAX_DEPTH} levels`, at);
      depth += 1;
      left[depth] = count;
      isMap[depth] = holdsPairs ? 1 : 0;
    } else if (head >= 0xca && head <= 0xd3) {
      const size = head === 0xca ? 4 : head === 0xcb ? 8 : 1 << (head & 3);
      need(size);
      at += size;
    } else if (head >= 0xc4 && head <= 0xc6) {
      const width = 1 << (head - 0xc4);
      need(width);
      const size = width === 1 ? (bytes[at] as number) : width === 2 ? u16(at) : u32(at);
      at += width;
      need(size);
      at += size;
    } else if ((head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8)) {
      let size = 1 << (head - 0xd4);
      if (head <= 0xc9) {
        const width = 1 << (head - 0xc7);
        need(width);
        size = width === 1 ? (bytes[at] as number) : width === 2 ? u16(at) : u32(at);
        at += width;
      }
      need(size + 1);
      const type = bytes[at] as number;
      if (!extensions.known.has(type)) throw bad(`an extension of the unknown type ${type}`, at);
      at += size + 1;
      if (type !== extensions.nesting) continue;
      const held = bytes.subarray(at - size, at);
      if (walk(held, 0, extensions, depth + 1, level + depth - base) !== size)
        throw bad('an extension holds more than one value', at);
    } else throw bad('a byte that MessagePack does not use', at - 1);
  }
}

function checkText(bytes: Uint8Array, start: number, end: number, isKey: boolean): void {
  let isAscii = end - start <= 32;
  for (let i = start; isAscii && i < end; i++) isAscii = (bytes[i] as number) < 0x80;
  if (!isAscii && !isUtf8(bytes.subarray(start, end))) throw bad('a string that is not UTF-8', start);
  if (isKey && end - start === PROTO.length && PROTO.every((byte, i) => bytes[start + i] === byte))
    throw bad("a map has the key '__proto__'", start);
}

// Such a key would be renamed on the way into an object; a dict that has one travels as an extension.
const PROTO = Buffer.from('__proto__');
