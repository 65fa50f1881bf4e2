import type { AgentLike, InvocationContext } from '@kaizen-eatp/core';
import { answers, computes, isScriptStep, type ScriptStep } from './script.js';

/** A call that a scripted agent got. */
export interface ScriptedCall {
  /** From 1. */
  readonly number: number;
  readonly input: unknown;
  readonly context: InvocationContext;
  readonly outcome: 'running' | 'returned' | 'threw';
  readonly output?: unknown;
  readonly error?: unknown;
  /** Whether the agent was told to stop while it was at work. */
  readonly wasAborted: boolean;
}

/** An agent with nothing but `run`, which does what it is told and remembers what it was asked. */
export interface ScriptedAgent extends AgentLike {
  readonly calls: readonly ScriptedCall[];
  run(input: unknown, context: InvocationContext): Promise<unknown>;
  /** Resolves once the agent has been called so many times; at once if it has been. Default: 1. */
  started(calls?: number): Promise<ScriptedCall>;
}

/**
 * What the agent does: a function of its input for every call, or one entry a call in order. An entry that is no
 * {@link ScriptStep} is the answer itself, unless it is a function: then it computes the answer.
 */
export type Script =
  | ((input: never, context: InvocationContext, call: number) => unknown)
  | readonly unknown[];

/**
 * Makes an agent that follows a script and records its calls. A call beyond the end of a list fails, saying so.
 *
 * ```ts
 * const bob = scriptedAgent(['first answer', fails('disk full'), hangs()]);
 * ```
 *
 * @param script - default: answers each call with its input.
 */
export function scriptedAgent(script: Script = (input: unknown) => input): ScriptedAgent {
  const calls: Mutable<ScriptedCall>[] = [];
  const waiting: { calls: number; resolve(call: ScriptedCall): void }[] = [];

  return {
    calls,
    async run(input, context) {
      const number = calls.length + 1;
      const call: Mutable<ScriptedCall> = { number, input, context, outcome: 'running', wasAborted: false };
      calls.push(call);
      const noteAbort = (): void => {
        call.wasAborted = true;
      };
      context.signal.addEventListener('abort', noteAbort, { once: true });
      for (const waiter of waiting.filter((w) => w.calls <= number)) waiter.resolve(call);
      try {
        call.output = await stepAt(script, number).play(input, context, number);
        call.outcome = 'returned';
        return call.output;
      } catch (error) {
        call.error = error;
        call.outcome = 'threw';
        throw error;
      } finally {
        context.signal.removeEventListener('abort', noteAbort);
      }
    },
    started(count = 1) {
      const call = calls[count - 1];
      if (call) return Promise.resolve(call);
      return new Promise((resolve) => waiting.push({ calls: count, resolve }));
    },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function stepAt(script: Script, number: number): ScriptStep {
  if (typeof script === 'function') return computes(script);
  if (number > script.length)
    throw new Error(`The script has ${script.length} entries, and this is call ${number}`);
  const entry = script[number - 1];
  if (isScriptStep(entry)) return entry;
  return typeof entry === 'function' ? computes(entry as never) : answers(entry);
}
