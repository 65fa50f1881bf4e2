import { types } from 'node:util';
import { Opaque } from './opaque.js';
import * as parts from './parts.js';
import type { Step } from './path.js';
import { formOf, type ValueForm } from './value-class.js';
import type { Walk } from './walk.js';

type Read = (value: unknown, depth: number, walk: Walk) => unknown;

/**
 * Copies an object that is neither an array nor plain: one of JavaScript's own kinds, an opaque value, or an instance
 * of a value class. Returns undefined for any other.
 */
export function readSpecial(value: object, depth: number, walk: Walk, read: Read): unknown {
  const form = formOf(value);
  if (form !== undefined) return readBranded(value, form, walk);
  if (types.isDate(value)) return readDate(value, walk);
  if (types.isMap(value)) return readMap(value, depth, walk, read);
  if (types.isSet(value)) return readSet(value, depth, walk, read);
  if (types.isTypedArray(value)) {
    walk.countBytes(parts.typedArraySizeOf(value));
    return parts.copyOfTypedArray(value);
  }
  if (types.isArrayBuffer(value)) {
    walk.countBytes(parts.bufferSizeOf(value));
    return parts.copyOfBuffer(value);
  }
  if (value instanceof Opaque) {
    walk.opaquePath ??= walk.path();
    return new Opaque(value.value);
  }
  if (parts.isError(value)) return readError(value as Error, walk);
  const address = value instanceof URL ? parts.hrefOf(value) : undefined;
  if (address === undefined) return undefined;
  walk.countText(address);
  return new URL(address);
}

function readBranded(value: object, form: ValueForm, walk: Walk): unknown {
  const text: unknown = form.write(value);
  if (typeof text !== 'string')
    return walk.refuse(value, { expected: `an instance that the form '${form.name}' writes as a string` });
  walk.countText(text);
  return form.read(text);
}

function readDate(value: object, walk: Walk): Date {
  const time = parts.timeOf(value);
  return Number.isNaN(time)
    ? walk.refuse(value, { expected: 'a valid Date', received: 'an invalid one' })
    : new Date(time);
}

/** An error's stack and cause are not for other agents. */
function readError(value: Error, walk: Walk): Error {
  const { name, message } = value as { name: unknown; message: unknown };
  if (typeof name !== 'string' || typeof message !== 'string')
    return walk.refuse(value, { expected: 'an Error whose name and message are strings' });
  walk.countText(name);
  walk.countText(message);
  return parts.newError(name, message);
}

function readMap(value: object, depth: number, walk: Walk, read: Read): Map<unknown, unknown> {
  const size = parts.mapSizeOf(value);
  walk.countElements(2 * size);
  // All entries are taken out before any is read: what is read can run code that changes the map.
  const flat = parts.entriesOf(value);
  const copy = new Map<unknown, unknown>();
  for (let index = 0; index < size; index++) {
    const key = flat[2 * index];
    const keyCopy = readAt({ part: 'key', index }, key, depth, walk, read);
    copy.set(keyCopy, readAt({ part: 'value', index, key }, flat[2 * index + 1], depth, walk, read));
  }
  return copy;
}

function readSet(value: object, depth: number, walk: Walk, read: Read): Set<unknown> {
  const size = parts.setSizeOf(value);
  walk.countElements(size);
  const items = parts.itemsOf(value);
  const copy = new Set<unknown>();
  for (let index = 0; index < size; index++)
    copy.add(readAt({ part: 'item', index }, items[index], depth, walk, read));
  return copy;
}

function readAt(step: Step, value: unknown, depth: number, walk: Walk, read: Read): unknown {
  walk.steps[depth] = step;
  walk.depth = depth + 1;
  return read(value, depth + 1, walk);
}
