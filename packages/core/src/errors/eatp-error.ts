import type { ErrorCode } from './error-codes.js';

const LINEAGE = Symbol.for('@kaizen-eatp/error-lineage');

/** What a run that failed leaves behind; the same facts that `OrchestrationResult` has for one that succeeded. */
export interface FailedRun {
  readonly runId: string;
  readonly taskId: string;
  /** `AuditAnchor`s, oldest first. */
  readonly auditTrail: readonly unknown[];
  /** `DelegationRecord`s, oldest first. */
  readonly delegations: readonly unknown[];
}

/** What an error says beside its summary. */
export interface ErrorDetails {
  /** What would have been accepted. */
  expected?: string;
  /** What came instead. Never holds a secret. */
  received?: string;
  /** What the reader should do next. */
  remedy: string;
  /** The facts behind the error, for programs. */
  evidence?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/**
 * The base of every error this project throws. `code` is stable; the text is for people.
 *
 * `instanceof` holds across copies of the package, since it compares the class names that an error carries
 * under a registered symbol, not object identity.
 */
export class EatpError extends Error {
  readonly code: ErrorCode;
  readonly expected?: string;
  readonly received?: string;
  readonly remedy: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** What the run left behind, when this is the error that `execute` rejected with. */
  run?: FailedRun;

  constructor(code: ErrorCode, summary: string, details: ErrorDetails) {
    super(compose(summary, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.expected = details.expected;
    this.received = details.received;
    this.remedy = details.remedy;
    this.evidence = Object.freeze({ ...details.evidence });
    this.name = new.target.name;
    Object.defineProperty(this, 'code', { writable: false, enumerable: true });
    Object.defineProperty(this, LINEAGE, { value: lineageOf(new.target) });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const lineage = (value as Record<symbol, unknown>)[LINEAGE];
    return Array.isArray(lineage) && lineage.includes(this.name);
  }
}

function compose(summary: string, { expected, received, remedy }: ErrorDetails): string {
  const facts = [expected && `expected ${expected}`, received && `got ${received}`]
    .filter(Boolean)
    .join(', ');
  return `${summary}${facts ? `: ${facts}` : ''}. ${remedy}`;
}

function lineageOf(errorClass: unknown): readonly string[] {
  const names: string[] = [];
  for (let at = errorClass as { name: string } | null; at?.name && at !== (Error as unknown); ) {
    names.push(at.name);
    at = Object.getPrototypeOf(at) as { name: string } | null;
  }
  return names;
}

/** A short, safe rendering of a value for an error's `received`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return value.length > 60 ? `"${value.slice(0, 57)}…"` : JSON.stringify(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'null prototype'}`;
  if (typeof value === 'function') return `a function ${value.name || '(anonymous)'}`;
  return `${typeof value} ${String(value)}`;
}

const MAX_MESSAGE = 2_000;

/** What was thrown, in words. Whatever it is, this does not throw: anything can be thrown. */
export function describeThrown(thrown: unknown): string {
  let text: unknown;
  try {
    text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    text = typeof thrown;
  }
  return typeof text === 'string' && text.length > MAX_MESSAGE
    ? `${text.slice(0, MAX_MESSAGE)}…`
    : String(text);
}
