import { markFloats } from '@kaizen-eatp/core/records';
import { MAX_DEPTH, MAX_ELEMENTS, MalformedBytes } from '../protocol/check-msgpack.js';
import { keyTrouble } from './python-keys.js';
import { narrow, wholeNumbers } from './read-number.js';
import { readKey, readString } from './read-string.js';

/** Reads the content of an extension, by its type. */
export type ExtensionReaders = ReadonlyMap<number, (content: Uint8Array) => unknown>;

const NOTHING: Buffer = Buffer.alloc(0);

// The value that is being read. A value is read without interruption, so one set of variables is enough, and variables of a
// module are faster than fields of an object.
let bytes = NOTHING;
let view: DataView = new DataView(new ArrayBuffer(0));
let end = 0;
let at = 0;
let elements = 0;
let depth = 0;
/** Whether the number that was read last is a float without a fraction. */
let isWholeFloat = false;
let extensions: ExtensionReaders = new Map();
let pairsType = 0;

/**
 * Reads one value from MessagePack, and checks it in the same pass. No length that the bytes state is believed before the
 * bytes are there, so that a peer cannot make this process reserve memory for what it does not send.
 *
 * Whole floats become numbers, and are marked in their array or object, so that they return to Python as floats.
 *
 * @param pairs - the type of the extension that holds keys and values in turn.
 * @throws MalformedBytes unless the bytes are exactly one value.
 */
export function readValue(content: Uint8Array, readers: ExtensionReaders, pairs: number): unknown {
  bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  end = content.length;
  at = depth = 0;
  // The value itself is not an element.
  elements = -1;
  extensions = readers;
  pairsType = pairs;
  try {
    const value = read();
    if (at < end) throw new MalformedBytes(`more than one value: ${end - at} bytes follow`);
    return value;
  } finally {
    bytes = NOTHING;
  }
}

function read(): unknown {
  if (++elements > MAX_ELEMENTS) throw bad(`more than ${MAX_ELEMENTS} elements`);
  isWholeFloat = false;
  need(1);
  const head = bytes[at++] as number;
  if (head <= 0x7f) return head;
  if (head >= 0xe0) return head - 0x100;
  if (head <= 0x8f) return map(head & 0x0f);
  if (head <= 0x9f) return array(head & 0x0f);
  if (head <= 0xbf) return string(head & 0x1f);
  switch (head) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xca:
      return float(view.getFloat32(take(4)));
    case 0xcb:
      return float(view.getFloat64(take(8)));
    case 0xcc:
      return bytes[take(1)];
    case 0xcd:
      return view.getUint16(take(2));
    case 0xce:
      return view.getUint32(take(4));
    case 0xcf:
      return narrow(view.getBigUint64(take(8)));
    case 0xd0:
      return view.getInt8(take(1));
    case 0xd1:
      return view.getInt16(take(2));
    case 0xd2:
      return view.getInt32(take(4));
    case 0xd3:
      return narrow(view.getBigInt64(take(8)));
    default:
      return sized(head);
  }
}

/** Strings, bytes, containers and extensions, whose sizes follow the first byte. */
function sized(head: number): unknown {
  switch (head) {
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return content(readSize(1 << (head - 0xc4)));
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return extension(readSize(1 << (head - 0xc7)));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return string(readSize(1 << (head - 0xd9)));
    case 0xdc:
    case 0xdd:
      return array(readSize(head === 0xdc ? 2 : 4));
    case 0xde:
    case 0xdf:
      return map(readSize(head === 0xde ? 2 : 4));
    default:
      if (head >= 0xd4 && head <= 0xd8) return extension(1 << (head - 0xd4));
      throw bad('a byte that MessagePack does not use');
  }
}

function float(value: number): number {
  // Beyond 2^53 a whole number returns as a float anyway, and so does -0.
  isWholeFloat = Number.isSafeInteger(value) && !Object.is(value, -0);
  return value;
}

function string(size: number): string {
  const start = take(size);
  const text = readString(bytes, start, start + size);
  if (text === undefined) throw bad('a string that is not UTF-8');
  return text;
}

function nextKey(): string {
  need(1);
  const head = bytes[at++] as number;
  let size = head & 0x1f;
  if (head >= 0xd9 && head <= 0xdb) size = readSize(1 << (head - 0xd9));
  else if (head < 0xa0 || head > 0xbf) throw bad('a map has a key that is not a string');
  const start = take(size);
  const key = readKey(bytes, start, start + size);
  if (key === undefined) throw bad('a string that is not UTF-8');
  // Such a key would set the object's prototype; a dict that has one travels as an extension.
  if (key === '__proto__') throw bad("a map has the key '__proto__'");
  return key;
}

function array(count: number): unknown[] {
  enter(count, 1);
  const items: unknown[] = [];
  let floats = 0;
  let hasOthers = false;
  let marked: Set<number> | undefined;
  for (let i = 0; i < count; i++) {
    const item = read();
    items.push(item);
    if (typeof item !== 'number') continue;
    if (isWholeFloat) {
      floats += 1;
      if (hasOthers) marked?.add(i);
    } else if (Number.isInteger(item) && !hasOthers) {
      // Integers as well: from now on the floats are marked one by one.
      hasOthers = true;
      if (floats > 0) marked = wholeNumbers(items);
      else marked = new Set();
    }
  }
  if (floats > 0) markFloats(items, hasOthers ? (marked as Set<number>) : count);
  depth -= 1;
  return items;
}

function map(count: number): Record<string, unknown> {
  enter(count, 2);
  const object: Record<string, unknown> = {};
  let floats: Set<string> | undefined;
  for (let i = 0; i < count; i++) {
    const key = nextKey();
    object[key] = read();
    if (isWholeFloat) {
      floats ??= new Set();
      floats.add(key);
    } else floats?.delete(key);
  }
  if (floats !== undefined && floats.size > 0) markFloats(object, floats);
  depth -= 1;
  isWholeFloat = false;
  return object;
}

function extension(size: number): unknown {
  need(size + 1);
  const type = bytes[at++] as number;
  if (type === pairsType) return pairs(at + size);
  const readContent = extensions.get(type);
  if (!readContent) throw bad(`an extension of the unknown type ${type}`);
  at += size;
  return readContent(bytes.subarray(at - size, at));
}

/** A dict whose keys are not all strings: an array of keys and values in turn. */
function pairs(until: number): Map<unknown, unknown> {
  elements -= 1;
  const flat = read();
  if (at !== until) throw bad('an extension holds more than one value');
  if (!Array.isArray(flat) || flat.length % 2 === 1)
    throw new MalformedBytes('a dict that is no list of pairs');
  const dict = new Map<unknown, unknown>();
  for (let i = 0; i < flat.length; i += 2) dict.set(flat[i], flat[i + 1]);
  const trouble = dict.size * 2 === flat.length ? keyTrouble(dict.keys()) : 'it has a key twice';
  if (trouble !== undefined) throw new MalformedBytes(`a dict is none: ${trouble}`);
  isWholeFloat = false;
  return dict;
}

function enter(count: number, each: number): void {
  // Each element takes at least a byte.
  if (count * each > end - at) throw bad('a container is longer than the bytes');
  if (elements + count > MAX_ELEMENTS) throw bad(`more than ${MAX_ELEMENTS} elements`);
  if (depth === MAX_DEPTH) throw bad(`nesting beyond ${MAX_DEPTH} levels`);
  depth += 1;
}

function content(size: number): Uint8Array {
  const start = take(size);
  return Uint8Array.prototype.slice.call(bytes, start, start + size);
}

/** Reads the size that follows, a number of so many bytes. */
function readSize(width: number): number {
  const start = take(width);
  if (width === 1) return bytes[start] as number;
  return width === 2 ? view.getUint16(start) : view.getUint32(start);
}

/** Moves on by so many bytes. @returns where they begin. */
function take(size: number): number {
  need(size);
  at += size;
  return at - size;
}

function need(size: number): void {
  if (at + size > end) throw new MalformedBytes(`the end comes too early at byte ${end}`);
}

function bad(what: string): MalformedBytes {
  return new MalformedBytes(`${what} at byte ${at}`);
}
