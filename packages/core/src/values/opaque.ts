const BRAND = Symbol.for('@kaizen-eatp/opaque');

/**
 * A value that is passed on as it is, although no record can describe it: a stream, a database handle, a class
 * instance. The record says that an opaque value was there, and nothing about its content.
 */
export class Opaque<T = unknown> {
  /** The very object that was wrapped. */
  readonly value: T;

  constructor(value: T) {
    this.value = value;
    Object.freeze(this);
  }

  /** Makes `instanceof` work between two copies of this package. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
Object.defineProperty(Opaque.prototype, BRAND, { value: true });

/**
 * Wraps a value that an agent gets or returns as the same object, not as a copy. Its content is not part of any digest
 * or signature, so a record cannot prove later what it was. A journal refuses it, and so does the bridge to Python.
 */
export const opaque = <T>(value: T): Opaque<T> => new Opaque(value);
