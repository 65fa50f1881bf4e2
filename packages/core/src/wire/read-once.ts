/**
 * Reads objects of callers. Every property is read exactly once, by its descriptor, and no method of the
 * object is called: not `map`, not an iterator, not `toJSON`. Property getters run once; what they throw is thrown.
 */

const isStringKey = (key: string | symbol): key is string => typeof key === 'string';

/** The own enumerable properties of an object, each read once. */
export function ownEntries(object: object): [name: string, value: unknown][] {
  const entries: [string, unknown][] = [];
  for (const name of Reflect.ownKeys(object).filter(isStringKey)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(object, name);
    if (descriptor?.enumerable) entries.push([name, valueBy(object, descriptor)]);
  }
  return entries;
}

/** The number of elements that an array says it has, read once. */
export function lengthOf(array: readonly unknown[]): number {
  const length: unknown = Reflect.getOwnPropertyDescriptor(array, 'length')?.value;
  return typeof length === 'number' ? length : 0;
}

/** One element of an array, read by its index; undefined where there is none. */
export function elementOf(array: readonly unknown[], index: number): unknown {
  const descriptor = Reflect.getOwnPropertyDescriptor(array, index);
  return descriptor && valueBy(array, descriptor);
}

function valueBy(object: object, descriptor: PropertyDescriptor): unknown {
  if ('value' in descriptor) return descriptor.value;
  return descriptor.get && Reflect.apply(descriptor.get, object, []);
}

/** Whether an object is plain: made by a literal, without a prototype, or by a literal of another realm. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** The milliseconds of a real Date, whatever methods it has; undefined for any other value. */
export function millisOf(value: unknown): number | undefined {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as () => string | undefined;

/** A copy of real bytes, whatever methods they have; undefined for any other value. */
export const bytesOf = (value: unknown): Uint8Array | undefined =>
  typedArrayTag.call(value as never) === 'Uint8Array' ? new Uint8Array(value as Uint8Array) : undefined;
