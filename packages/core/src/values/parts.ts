/**
 * Reads JavaScript's own kinds of objects by their internal state: methods and properties that a subclass or a proxy
 * overrides are not called.
 */
import { types } from 'node:util';

const getterOf = (prototype: object, name: PropertyKey): ((this: unknown) => unknown) =>
  Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => unknown;

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
const typedArrayName = getterOf(typedArrayPrototype, Symbol.toStringTag);
const typedArraySize = getterOf(typedArrayPrototype, 'byteLength');
const bufferSize = getterOf(ArrayBuffer.prototype, 'byteLength');
const mapSize = getterOf(Map.prototype, 'size');
const setSize = getterOf(Set.prototype, 'size');
const href = getterOf(URL.prototype, 'href');
const { getTime } = Date.prototype;
const forEachEntry = Map.prototype.forEach;
const forEachItem = Set.prototype.forEach;

/** A typed array of any kind. */
export interface TypedArray extends ArrayBufferView {
  /** The number of elements. */
  readonly length: number;
}
type TypedArrayClass = new (source: TypedArray | ArrayBuffer | number) => TypedArray;

/** All classes of typed arrays that this runtime has, by name. */
export const TYPED_ARRAYS: ReadonlyMap<string, TypedArrayClass> = new Map(
  [
    'Uint8Array',
    'Uint8ClampedArray',
    'Uint16Array',
    'Uint32Array',
    'Int8Array',
    'Int16Array',
    'Int32Array',
    'Float16Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array',
  ].flatMap((name) => {
    const found = (globalThis as Record<string, unknown>)[name] as TypedArrayClass | undefined;
    return found === undefined ? [] : [[name, found] as const];
  }),
);

/** Returns a date's milliseconds since the epoch; NaN for an invalid one. */
export const timeOf = (date: object): number => getTime.call(date as Date);

/** Returns the name of a typed array's class, `Uint8Array` for a `Buffer`. */
export const typedArrayNameOf = (array: object): string => typedArrayName.call(array) as string;
/** Returns the number of bytes of a typed array, without calling its own properties. */
export const typedArraySizeOf = (array: object): number => typedArraySize.call(array) as number;

/** Returns the numbers of a typed array in a new one, which has its own memory. */
export const copyOfTypedArray = (array: object): TypedArray =>
  new (TYPED_ARRAYS.get(typedArrayNameOf(array)) as TypedArrayClass)(array as TypedArray);

/** Returns the number of bytes of a buffer, without calling its own properties. */
export const bufferSizeOf = (buffer: object): number => bufferSize.call(buffer) as number;
/** Returns a new buffer with the same bytes. */
export const copyOfBuffer = (buffer: object): ArrayBuffer =>
  new Uint8Array(new Uint8Array(buffer as ArrayBuffer)).buffer;

/** Returns the number of entries of a map, without calling its own properties. */
export const mapSizeOf = (map: object): number => mapSize.call(map) as number;
/** Returns keys and values by turns. */
export function entriesOf(map: object): unknown[] {
  const flat: unknown[] = [];
  forEachEntry.call(map as Map<unknown, unknown>, (value, key) => void flat.push(key, value));
  return flat;
}

/** Returns the number of items of a set, without calling its own properties. */
export const setSizeOf = (set: object): number => setSize.call(set) as number;
/** Returns the items of a set, without calling its own iterator. */
export function itemsOf(set: object): unknown[] {
  const items: unknown[] = [];
  forEachItem.call(set as Set<unknown>, (item) => void items.push(item));
  return items;
}

/** Returns the address of a URL; undefined if the object is not one. */
export function hrefOf(value: object): string | undefined {
  try {
    return href.call(value) as string;
  } catch {
    return undefined;
  }
}

/** Whether the object is an Error of any kind. */
export const isError = (value: object): boolean => types.isNativeError(value) || value instanceof Error;

/**
 * Returns an Error with this name and message. Its stack holds only these two, since the error was created elsewhere.
 */
export function newError(name: string, message: string): Error {
  const error = new Error(message);
  if (name !== 'Error')
    Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  Object.defineProperty(error, 'stack', {
    value: message === '' ? name : `${name}: ${message}`,
    writable: true,
    configurable: true,
  });
  return error;
}
