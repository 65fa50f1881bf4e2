import { PythonFloat } from './python-values.js';

/** A typed array arrives as a `list`: of `float` for arrays of floats, else of `int`. */
export function fromTypedArray(array: NodeJS.TypedArray): unknown {
  if (array instanceof Uint8ClampedArray)
    return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const numbers = Array.from(array as Iterable<number | bigint>);
  return isOfFloats(array) ? numbers.map((number) => toFloat(number as number)) : numbers;
}

const isOfFloats = (array: NodeJS.TypedArray): boolean => /^Float\d+Array$/.test(array[Symbol.toStringTag]);

/** A number without a fraction would be written as an integer. */
const toFloat = (number: number): unknown => (Number.isInteger(number) ? new PythonFloat(number) : number);
