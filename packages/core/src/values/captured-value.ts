import { UnsupportedValueError } from '../errors/index.js';
import { canonicalJson, deepFreeze, type JsonValue, sha256Hex } from '../wire/index.js';
import { copyFloatMarks } from './float-marks.js';
import { freezeParts } from './freeze-parts.js';
import { DEFAULT_VALUE_LIMITS, expectLimits, type ValueLimits } from './limits.js';
import { type Reading, readValue } from './read-value.js';
import { toTagged } from './tagged.js';

/**
 * Reads a value once and keeps a private copy, from which all checks, records and further copies are made.
 *
 * @param what - names the value in errors, such as `input`; the place of a bad part follows it.
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE`, naming the place, for a part that no record can describe, for a
 * cycle, and for a value that is too deep or too large.
 */
export function captureValue(value: unknown, what: string, limits?: ValueLimits): CapturedValue {
  const checked = limits === undefined ? DEFAULT_VALUE_LIMITS : expectLimits(limits);
  return new CapturedValue(readValue(value, what, checked), what);
}

/** One value, read once. Its copy is private; whatever it hands out is a second copy, or frozen. */
export class CapturedValue {
  /** Whether a part of the value is opaque, so that the digest does not cover its content. */
  readonly isOpaque: boolean;
  readonly #what: string;
  readonly #reading: Reading;
  #digest: string | undefined;
  #value: { readonly copy: unknown } | undefined;
  #isFrozen = false;

  /** Use `captureValue()`. */
  constructor(reading: Reading, what: string) {
    this.#reading = reading;
    this.#what = what;
    this.isOpaque = reading.opaquePath !== undefined;
  }

  /** A copy that its receiver can change: the same one at each access. Changes to it reach nothing else. */
  get value(): unknown {
    this.#value ??= { copy: this.#copy() };
    return this.#value.copy;
  }

  /** The SHA-256 of the canonical text, in lower-case hex. */
  get digest(): string {
    this.#digest ??= sha256Hex(this.text);
    return this.#digest;
  }

  /** The canonical text: that of `canonicalJson` for JSON, and its tagged form for any other value. */
  get text(): string {
    const { copy, isPlain } = this.#reading;
    return this.#write(() => canonicalJson(isPlain ? (copy as JsonValue) : toTagged(copy, 'canonical')));
  }

  /** The value if it is JSON, deeply frozen; otherwise undefined. */
  get json(): JsonValue | undefined {
    return this.#reading.isPlain ? (this.frozen() as JsonValue) : undefined;
  }

  /**
   * Returns a deeply frozen copy, for code that only looks at it. Bytes, dates, maps and sets cannot be frozen by the
   * language; a value with such parts is copied again for each call.
   */
  frozen(): unknown {
    const { copy, isPlain } = this.#reading;
    if (!isPlain) return freezeParts(this.#copy());
    if (!this.#isFrozen) deepFreeze(copy);
    this.#isFrozen = true;
    return copy;
  }

  /**
   * Returns a string from which `decodeValue()` restores the value, with the order of its properties.
   *
   * @throws UnsupportedValueError `UNSUPPORTED_VALUE` for an opaque value.
   */
  encoded(): string {
    const { copy, isNative, opaquePath } = this.#reading;
    if (opaquePath !== undefined)
      throw new UnsupportedValueError(opaquePath, {
        expected: 'a value that can be written and read again',
        received: 'an opaque value',
        remedy: 'Convert it to plain data in place of wrapping it in opaque().',
      });
    return this.#write(() => JSON.stringify(isNative ? copy : toTagged(copy, 'encoded')));
  }

  #copy(): unknown {
    const { copy, isPlain } = this.#reading;
    return isPlain ? copyOfPlain(copy) : readValue(copy, this.#what, NO_LIMITS).copy;
  }

  #write(write: () => string): string {
    try {
      return write();
    } catch (cause) {
      throw new UnsupportedValueError(this.#what, {
        expected: 'a value whose text is at most 512 MiB',
        received: 'a larger one',
        remedy: 'Pass it in parts, or pass a reference to where it is stored.',
        cause,
      });
    }
  }
}

/** Returns a deeply frozen copy of the value, for evaluators and other code that only looks at it. */
export const frozenCopy = (captured: CapturedValue): unknown => captured.frozen();

const NO_LIMITS: ValueLimits = { maxElements: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };

/** Copies objects and arrays that are known to be plain. That is cheaper than another walk with all its checks. */
function copyOfPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.slice();
    for (let i = 0; i < copy.length; i++) {
      const item: unknown = copy[i];
      if (typeof item === 'object' && item !== null) copy[i] = copyOfPlain(item);
    }
    copyFloatMarks(value, copy);
    return copy;
  }
  if (Object.getPrototypeOf(value) === null) return value;
  const copy = { ...value } as Record<string, unknown>;
  for (const name of Object.keys(copy)) {
    const item = copy[name];
    if (typeof item === 'object' && item !== null) copy[name] = copyOfPlain(item);
  }
  copyFloatMarks(value, copy);
  return copy;
}
