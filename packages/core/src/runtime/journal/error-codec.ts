import * as errors from '../../errors/index.js';
import { describeThrown, EatpError } from '../../errors/index.js';
import { captureValue, decodeValue, encodeValue } from '../../values/index.js';

const BRANDS = Symbol.for('@kaizen-eatp/error-brands');
/** How many causes, one behind another, are kept. */
const MOST_CAUSES = 5;

/** An error as it is kept; every text of a value is what `encodeValue` wrote. */
interface EncodedError {
  /** The brands of its classes, its own first; absent for an error that is not of this project. */
  readonly brands?: readonly string[];
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly summary?: string;
  readonly expected?: string;
  readonly received?: string;
  readonly remedy?: string;
  readonly evidence?: Readonly<Record<string, string>>;
  readonly own?: Readonly<Record<string, string>>;
  readonly cause?: EncodedError;
}

type ErrorClass = typeof EatpError;

const classes = new Map<string, ErrorClass>(
  Object.values(errors)
    .filter((value): value is ErrorClass => typeof value === 'function' && Object.hasOwn(value, 'brand'))
    .map((errorClass) => [errorClass.brand, errorClass]),
);

/** Returns a string from which {@link decodeError} makes an equal error: of its class, with its facts and its causes. */
export const encodeError = (error: unknown): string => JSON.stringify(encoded(error, MOST_CAUSES));

/** Returns the error that {@link encodeError} wrote. `instanceof`, `isEatpError` and `denial` work as before. */
export const decodeError = (text: string): Error => decoded(JSON.parse(text) as EncodedError);

function encoded(error: unknown, causes: number): EncodedError {
  const cause = (error as { cause?: unknown } | null)?.cause;
  const because = cause === undefined || causes === 0 ? {} : { cause: encoded(cause, causes - 1) };
  if (!(error instanceof EatpError)) {
    if (!(error instanceof Error)) return { name: 'Error', message: describeThrown(error) };
    return { name: error.name, message: error.message, ...because };
  }
  const { code, summary, expected, received, remedy, evidence } = error;
  return {
    brands: (error as unknown as { [BRANDS]: readonly string[] })[BRANDS],
    code,
    summary,
    ...(expected !== undefined && { expected }),
    ...(received !== undefined && { received }),
    remedy,
    evidence: encodedFields(evidence),
    own: encodedFields({ ...error }),
    ...because,
  };
}

/** A fact that no record can hold is replaced by its description. */
function encodedFields(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'code') continue;
    texts[name] = encodedField(value);
  }
  return texts;
}

function encodedField(value: unknown): string {
  try {
    return encodeValue(captureValue(value, 'evidence of an error'));
  } catch {
    return JSON.stringify(describeThrown(value));
  }
}

const decodedFields = (texts: Readonly<Record<string, string>> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, decodeValue(text)]));

function decoded(form: EncodedError): Error {
  const cause = form.cause && decoded(form.cause);
  if (!form.brands) {
    const error = new Error(form.message, cause && { cause });
    if (form.name !== undefined && form.name !== 'Error')
      Object.defineProperty(error, 'name', { value: form.name, configurable: true, writable: true });
    return error;
  }
  const details = {
    ...(form.expected !== undefined && { expected: form.expected }),
    ...(form.received !== undefined && { received: form.received }),
    remedy: form.remedy as string,
    evidence: decodedFields(form.evidence),
    ...(cause && { cause }),
  };
  const error = Reflect.construct(
    EatpError,
    [form.code, form.summary, details],
    classFor(form.brands),
  ) as Error;
  for (const [name, value] of Object.entries(decodedFields(form.own)))
    Object.defineProperty(error, name, { value, enumerable: true, configurable: true, writable: true });
  return error;
}

/** The class with these brands. That of a plugin, which core does not know, is stood in for by one with its brands. */
function classFor(brands: readonly string[]): ErrorClass {
  const [brand, ...above] = brands;
  if (brand === undefined) return EatpError;
  const known = classes.get(brand);
  if (known) return known;
  const parent = classFor(above);
  const standIn = class extends parent {
    static override readonly brand: string = brand as string;
  };
  classes.set(brand, standIn);
  return standIn;
}
