import { clip } from './describe.js';
import type { ErrorCode, ErrorCodeMap } from './error-code-map.js';
import { type FailedRun, INSPECT } from './failed-run.js';
import { boundedCopy, printError } from './print-error.js';

/** Marks an error as one of this project, whichever copy of the package made it; the value lists its classes' brands. */
const BRANDS = Symbol.for('@kaizen-eatp/error-brands');

const EATP_ERROR = '@kaizen-eatp/core:EatpError';
const MAX_SUMMARY = 1_000;
const MAX_FACT = 4_000;

/** The parts of an error's text other than its summary, and its facts. */
export interface ErrorDetails {
  /** The accepted values: a noun phrase that reads after "expected". */
  expected?: string;
  /** The value that came instead: a noun phrase that reads after "got". It never holds a secret. */
  received?: string;
  /** The next step for the reader, as an imperative sentence. */
  remedy: string;
  /** The facts behind the error, for programs. */
  evidence?: Readonly<Record<string, unknown>>;
  /** The error that led to this one. */
  cause?: unknown;
}

/**
 * The base of every error that this project throws. `code` is stable; the text is for people and can change.
 *
 * Two copies of the package can meet in one process. They recognise each other's errors by the classes' brands, which
 * survive bundling and minifying: `instanceof` and {@link isEatpError} compare brands, not object identities or names.
 *
 * A plugin that defines errors extends this class, gives each class a unique `brand`, and adds its codes to
 * {@link ErrorCodeMap}.
 */
export class EatpError extends Error {
  /** Identifies the class in every copy of the package: the package's name, a colon and the class's name. */
  static readonly brand: string = EATP_ERROR;

  /** Identifies the kind of failure, for programs. */
  readonly code: ErrorCode;
  /** The first part of the message: the failure in words, without expectation and remedy. */
  declare readonly summary: string;
  /** The accepted values, in words. */
  declare readonly expected?: string;
  /** The value that came instead, in words. */
  declare readonly received?: string;
  /** The next step for the reader. */
  declare readonly remedy: string;
  /** The facts behind the error, for programs. */
  declare readonly evidence: Readonly<Record<string, unknown>>;
  /** The trail and the delegations of the run, if this is the error that `execute` rejected with. */
  declare readonly run?: FailedRun;

  constructor(code: ErrorCode, summary: string, details: ErrorDetails) {
    const facts: Facts = {
      summary: clip(summary, MAX_SUMMARY),
      expected: details.expected && clip(details.expected, MAX_FACT),
      received: details.received && clip(details.received, MAX_FACT),
      remedy: details.remedy,
    };
    super(compose(facts), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    Object.defineProperty(this, 'code', { writable: false });
    // Node.js prints every enumerable property of an uncaught error in full; the message has these facts already.
    hide(this, {
      ...facts,
      evidence: Object.freeze({ ...details.evidence }),
      [BRANDS]: brandsOf(new.target),
    });
  }

  /** The class's name, taken from its brand: minifying changes the one in the code. */
  override get name(): string {
    return nameOf(this.constructor);
  }

  override set name(name: string) {
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true });
  }

  /** Returns the text and the facts for a logger that writes JSON. The evidence is cut to its beginning. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, expected, received, remedy, evidence } = this;
    return { name, code, message, expected, received, remedy, evidence: boundedCopy(evidence) };
  }

  /** Prints the error for `console.log` in bounded space. */
  [INSPECT](depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    return printError(this, depth, options, inspect);
  }

  /** Compares brands. A class without its own brand recognises only the errors of its own copy. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Object.hasOwn(this, 'brand')
      ? hasBrand(value, this.brand)
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

/** The class of the errors that carry a code. */
export type ErrorOf<Code extends ErrorCode> =
  Extract<ErrorCodeMap[Code], EatpError> extends never
    ? EatpError & { readonly code: Code }
    : Extract<ErrorCodeMap[Code], EatpError> & { readonly code: Code };

/**
 * Whether a value is an error of this project, made by any copy of the package, and carries one of the codes if any are
 * given.
 */
export function isEatpError(value: unknown): value is EatpError;
export function isEatpError<Code extends ErrorCode>(
  value: unknown,
  ...codes: [Code, ...Code[]]
): value is ErrorOf<Code>;
export function isEatpError(value: unknown, ...codes: string[]): boolean {
  if (!hasBrand(value, EATP_ERROR)) return false;
  return codes.length === 0 || codes.includes((value as EatpError).code);
}

interface Facts {
  readonly summary: string;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly remedy: string;
}

function compose({ summary, expected, received, remedy }: Facts): string {
  const facts = [expected && `expected ${expected}`, received && `got ${received}`]
    .filter(Boolean)
    .join(', ');
  // The received value is often a sentence: the message of another error.
  const text = facts ? `${summary}: ${facts.replace(/\.$/, '')}` : summary;
  return text.includes('\n') ? `${text}\n${remedy}` : `${text}. ${remedy}`;
}

/** Sets properties that are not printed. */
function hide(error: object, properties: Record<PropertyKey, unknown>): void {
  for (const name of Reflect.ownKeys(properties)) {
    const value = properties[name as string];
    if (value !== undefined) Object.defineProperty(error, name, { value });
  }
}

type ErrorClass = { readonly name: string; readonly brand: string };

function brandsOf(errorClass: object): readonly string[] {
  const brands: string[] = [];
  for (let at: object | null = errorClass; at && at !== Error; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'brand')) brands.push((at as ErrorClass).brand);
  }
  return Object.freeze(brands);
}

/** A value can be anything, including a proxy that throws. */
function hasBrand(value: unknown, brand: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const { [BRANDS]: brands, code } = value as { [BRANDS]?: unknown; code?: unknown };
    return Array.isArray(brands) && typeof code === 'string' && brands.includes(brand);
  } catch {
    return false;
  }
}

function nameOf(errorClass: unknown): string {
  const { name, brand } = errorClass as ErrorClass;
  return Object.hasOwn(errorClass as object, 'brand') ? brand.slice(brand.lastIndexOf(':') + 1) : name;
}
