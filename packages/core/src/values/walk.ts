import { type ErrorDetails, UnsupportedValueError } from '../errors/index.js';
import { MAX_VALUE_DEPTH, type ValueLimits } from './limits.js';
import { pathOf, type Step } from './path.js';
import { describeSafely, refusalOf } from './refusal.js';

const ACCEPTED =
  'null, a boolean, number, bigint, string, undefined, array, plain object, Map, Set, Date, URL, Error, bytes or a value class';

// Shorter strings count as one byte per character: measuring each would cost as much as all the rest.
const MIN_MEASURED_TEXT = 64;

/** The state of one walk through a value: its place, its counts and its findings. */
export class Walk {
  /** Whether `canonicalJson` writes the copy as it is. */
  isPlain = true;
  /** Whether `JSON.parse(JSON.stringify(copy))` gives the same value. */
  isNative = true;
  /** The place of the first opaque part. */
  opaquePath: string | undefined;
  /** The way to the part that is being read; only the first `depth` steps count. */
  readonly steps: Step[] = [];
  /** The depth of the part that is being read, in steps. */
  depth = 0;
  private readonly parents: object[] = [];
  private elements = 0;
  private bytes = 0;

  constructor(
    private readonly what: string,
    private readonly limits: ValueLimits,
  ) {}

  /** Notes that a container is read next. */
  enter(container: object): void {
    this.parents[this.depth] = container;
    if (this.depth >= MAX_VALUE_DEPTH)
      this.fail(`at most ${MAX_VALUE_DEPTH} levels`, 'a deeper value', 'Flatten it.');
  }

  /** Counts the elements of a container before any of them is read. */
  countElements(count: number): void {
    this.elements += count;
    if (this.elements > this.limits.maxElements)
      this.fail(
        `at most ${this.limits.maxElements} elements in all`,
        `${this.elements} or more`,
        'Pass it in parts, or pass a reference to where it is stored.',
      );
  }

  /** Counts a string. */
  countText(text: string): void {
    this.countBytes(text.length < MIN_MEASURED_TEXT ? text.length : Buffer.byteLength(text));
  }

  /** Counts bytes before they are copied. */
  countBytes(count: number): void {
    this.bytes += count;
    if (this.bytes > this.limits.maxBytes)
      this.fail(
        `at most ${this.limits.maxBytes} bytes in all`,
        `${this.bytes} or more`,
        'Pass it in parts, or pass a reference to where it is stored.',
      );
  }

  /** Returns the place of the part that is being read. */
  path(depth = this.depth): string {
    return pathOf(this.what, this.steps.slice(0, depth));
  }

  /** Refuses the part that is being read. */
  refuse(value: unknown, details?: Partial<ErrorDetails>): never {
    throw new UnsupportedValueError(this.path(), { expected: ACCEPTED, ...refusalOf(value), ...details });
  }

  /** Reports what a getter, or a trap of a proxy, threw. */
  unreadable(cause: unknown): UnsupportedValueError {
    return new UnsupportedValueError(this.path(), {
      expected: 'a value that can be read',
      received: `an error while reading it: ${describeSafely(messageOf(cause))}`,
      remedy: 'Pass a plain copy of it.',
      cause,
    });
  }

  /** Throws the refusal: for a value that contains itself, an error about that, whichever limit it exceeded first. */
  private fail(expected: string, received: string, remedy: string): never {
    for (let inner = 1; inner <= this.depth; inner++) {
      const outer = this.parents.indexOf(this.parents[inner] as object);
      if (outer < 0 || outer >= inner) continue;
      throw new UnsupportedValueError(this.path(inner), {
        expected: 'a value that does not contain itself',
        received: `a reference back to ${this.path(outer)}`,
        remedy: 'Leave the reference out, or pass a name or id in its place.',
      });
    }
    throw new UnsupportedValueError(this.path(), { expected, received, remedy });
  }
}

function messageOf(thrown: unknown): unknown {
  try {
    return thrown instanceof Error ? thrown.message : thrown;
  } catch {
    return undefined;
  }
}
