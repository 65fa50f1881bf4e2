import { types } from 'node:util';
import { describe } from '../errors/index.js';

/** The reason why a value is refused, and the remedy. */
export interface Refusal {
  /** A description of the value. */
  readonly received: string;
  /** The next step for the caller. */
  readonly remedy: string;
}

const WRAP = 'or wrap it in opaque() to pass it on unrecorded';

/** Describes a value that no record can hold. Never throws, even if the value throws when it is read. */
export function refusalOf(value: unknown): Refusal {
  const received = describeSafely(value);
  try {
    return { received, remedy: remedyFor(value) };
  } catch {
    return { received, remedy: `Convert it to a plain object, ${WRAP}.` };
  }
}

/** Describes a value in words for an error. Never throws. */
export function describeSafely(value: unknown): string {
  try {
    return describe(value);
  } catch {
    return `an unreadable ${typeof value}`;
  }
}

function remedyFor(value: unknown): string {
  if (typeof value === 'function') return `Pass what it returns, ${WRAP}.`;
  if (typeof value === 'symbol') return 'Use a string.';
  if (types.isDate(value)) return 'Use a valid date, or null.';
  if (types.isBoxedPrimitive(value)) return 'Use the primitive value.';
  if (types.isPromise(value)) return `Await it first, ${WRAP}.`;
  if (types.isDataView(value) || types.isSharedArrayBuffer(value))
    return `Copy its bytes to a Uint8Array, ${WRAP}.`;
  if (isIteratorOrStream(value as object)) return `Read it to its end and pass the result, ${WRAP}.`;
  if (types.isWeakMap(value) || types.isWeakSet(value)) return `Use a Map or a Set, ${WRAP}.`;
  return `Convert it to a plain object, for example by \`{ ...value }\` or its toJSON(), ${WRAP}.`;
}

const isIteratorOrStream = (value: object): boolean =>
  Symbol.asyncIterator in value || Symbol.iterator in value || 'getReader' in value || 'pipe' in value;
