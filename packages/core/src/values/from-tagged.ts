import { describe, MalformedRecordError } from '../errors/index.js';
import { numberLiteral } from '../wire/index.js';
import * as parts from './parts.js';
import { isTagName, TAG } from './tag-name.js';
import { formNamed } from './value-class.js';

/** A map in a map takes up to five levels of arrays and objects for one of the value's own. */
const MAX_DEPTH = 1_100;

/**
 * Returns the value of an encoded form; see tagged.ts.
 *
 * @param json - just parsed, so that it can become part of the value.
 * @throws MalformedRecordError `MALFORMED_RECORD` for a form that no value has.
 */
export function fromTagged(json: unknown, depth = 0): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (depth > MAX_DEPTH) throw malformed('a value of fewer levels', 'a deeper one');
  if (Array.isArray(json)) {
    for (let i = 0; i < json.length; i++) json[i] = fromTagged(json[i], depth + 1);
    return json;
  }
  const names = Object.keys(json);
  if (names.includes(TAG)) {
    const form = (json as { [TAG]: unknown })[TAG];
    if (names.length > 1 || !Array.isArray(form))
      throw malformed(`'${TAG}' alone, with an array`, describe(form));
    return fromForm(form, depth);
  }
  return Object.fromEntries(
    names.map((name) => [
      isTagName(name) ? name.slice(1) : name,
      fromTagged((json as Record<string, unknown>)[name], depth + 1),
    ]),
  );
}

type Reader = (a: unknown, b: unknown, depth: number) => unknown;

const READERS: Readonly<Record<string, { readonly length: number; readonly read: Reader }>> = {
  undefined: { length: 1, read: () => undefined },
  number: { length: 2, read: (text) => toNumber(text) },
  literal: { length: 2, read: (text) => numberLiteral(matching(text, /^-?\d[\d.eE+-]*$/)) },
  bigint: { length: 2, read: (text) => BigInt(matching(text, /^(?:0|-?[1-9]\d*)$/)) },
  date: { length: 2, read: (text) => toDate(text) },
  url: { length: 2, read: (text) => new URL(matching(text)) },
  error: { length: 3, read: (name, message) => parts.newError(matching(name), matching(message)) },
  bytes: { length: 3, read: (name, base64) => toBytes(matching(name), matching(base64)) },
  map: {
    length: 2,
    read: (entries, _, depth) => new Map(list(entries).map((entry) => toEntry(entry, depth + 3))),
  },
  set: {
    length: 2,
    read: (items, _, depth) => new Set(list(items).map((item) => fromTagged(item, depth + 3))),
  },
  class: { length: 3, read: (name, text) => toInstance(matching(name), matching(text)) },
};

function fromForm(form: readonly unknown[], depth: number): unknown {
  const [kind, a, b] = form;
  const reader = typeof kind === 'string' && Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
  if (form.length !== reader?.length) throw malformed('a kind of value that can be read', describe(kind));
  try {
    return reader.read(a, b, depth);
  } catch (cause) {
    throw cause instanceof MalformedRecordError ? cause : malformed(`a valid '${kind}'`, describe(a), cause);
  }
}

function matching(text: unknown, form = /^/): string {
  if (typeof text !== 'string' || !form.test(text)) throw malformed('the text of a value', describe(text));
  return text;
}

function list(items: unknown): readonly unknown[] {
  if (!Array.isArray(items)) throw malformed('an array', describe(items));
  return items;
}

function toEntry(entry: unknown, depth: number): [unknown, unknown] {
  const [key, value, ...more] = list(entry);
  if (list(entry).length !== 2 || more.length > 0) throw malformed('a key and a value', describe(entry));
  return [fromTagged(key, depth), fromTagged(value, depth)];
}

function toNumber(text: unknown): number {
  return Number(matching(text, /^(?:NaN|-?Infinity|-0)$/));
}

function toDate(text: unknown): Date {
  const date = new Date(matching(text));
  if (date.toISOString() !== text) throw malformed('a date as it was written', describe(text));
  return date;
}

function toBytes(name: string, base64: string): unknown {
  const { buffer } = new Uint8Array(Buffer.from(base64, 'base64'));
  if (name === 'ArrayBuffer') return buffer;
  const TypedArray = parts.TYPED_ARRAYS.get(name);
  if (TypedArray === undefined) throw malformed('a typed array of this runtime', describe(name));
  return new TypedArray(buffer);
}

function toInstance(name: string, text: string): unknown {
  const form = formNamed(name);
  if (form !== undefined) return form.read(text);
  throw new MalformedRecordError('MALFORMED_RECORD', `No class is known for values of the form '${name}'`, {
    received: describe(text),
    remedy: 'Import the package that defines this class, before values are read.',
  });
}

const malformed = (expected: string, received: string, cause?: unknown): MalformedRecordError =>
  new MalformedRecordError('MALFORMED_RECORD', 'An encoded value cannot be read', {
    expected,
    received,
    remedy: 'Check that the text is what `encodeValue` wrote.',
    cause,
  });
