import type { EatpError } from '../errors/index.js';
import type { StoreWrite } from '../store/index.js';
import type { CapturedValue } from '../values/index.js';
import type { Actor } from './actor.js';

/** The outcome of a call, for the journal of its run. */
export type CallOutcome = { readonly output: CapturedValue } | { readonly error: EatpError };

/** The place of one call in the journal of a durable run. Calls of other runs have none. */
export interface CallStep {
  /** The id of the invocation, with the number of the attempt if it is not the first. */
  readonly invocationId: string;
  /** Which attempt it is, from 1. */
  readonly attempt: number;
  /** The same in every attempt of the call. */
  readonly idempotencyKey: string;
  /**
   * Whether the caller can receive the outcome before it is stored, since everything that follows from it is stored with
   * it or after it: the caller is a pattern, and nothing else observes the run.
   */
  readonly isDeferrable: boolean;
  /** Returns the writes that must be committed together with the anchor of the outcome. */
  settle(outcome: CallOutcome): readonly StoreWrite[];
  /**
   * Numbers a call that is made inside this one. Called before any I/O.
   *
   * @param print - describes the call: the same for the same call.
   */
  nested(print: string, actor: Actor): NestedStep;
  /** Numbers a run that is started inside this call. @returns the id of the run. */
  nextRunId(): string;
}

/** A call inside another one: its step, or the outcome that an earlier attempt recorded. */
export type NestedStep = { readonly step: CallStep } | { settled(): unknown };

/** The facts about a call of a durable run. */
export interface DurableCall {
  /** The place of the call in the journal. */
  readonly step?: CallStep;
  /** The ids of the people who approved it; undefined if none had to. */
  readonly approvedBy?: readonly string[] | undefined;
}
