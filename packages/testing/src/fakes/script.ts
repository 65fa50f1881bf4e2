import type { InvocationContext } from '@kaizen-eatp/core';

/** The behaviour of a scripted agent in one call. Made by {@link answers}, {@link fails}, {@link delays}, {@link hangs}. */
export interface ScriptStep {
  readonly [STEP]: true;
  /** Does the step. @param call - the number of the call, from 1. */
  play(input: unknown, context: InvocationContext, call: number): unknown;
}

const STEP = Symbol('script step');

const step = (play: ScriptStep['play']): ScriptStep => ({ [STEP]: true, play });

/** Whether an entry of a script is a step, and not the answer itself. */
export const isScriptStep = (value: unknown): value is ScriptStep =>
  typeof value === 'object' && value !== null && STEP in value;

/** Answers with a value, which can even be a function or a step. */
export const answers = (value: unknown): ScriptStep => step(() => value);

/** Answers with the return value of a function. `call` counts from 1. */
export const computes = (
  work: (input: never, context: InvocationContext, call: number) => unknown,
): ScriptStep => step((input, context, call) => work(input as never, context, call));

/** Throws. A string becomes an `Error` with that message. */
export const fails = (failure: unknown = 'scripted failure'): ScriptStep =>
  step(() => {
    throw typeof failure === 'string' ? new Error(failure) : failure;
  });

/** Waits in real time, then continues with another step. Throws when the invocation is aborted. */
export const delays = (milliseconds: number, then: ScriptStep): ScriptStep =>
  step(async (input, context, call) => {
    await untilAborted(context.signal, milliseconds);
    return then.play(input, context, call);
  });

/** Does nothing until the invocation is aborted, then throws the reason. */
export const hangs = (): ScriptStep => step((_input, context) => untilAborted(context.signal));

function untilAborted(signal: AbortSignal, milliseconds?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
