import type { AgentLike, InvocationContext } from '@kaizen-eatp/core';
import { answers, computes, isScriptStep, type ScriptStep } from './script.js';

/** A call of a scripted agent. */
export interface ScriptedCall {
  /** The number of the call, from 1. */
  readonly number: number;
  /** The agent's input. */
  readonly input: unknown;
  /** The agent's context. */
  readonly context: InvocationContext;
  /** Whether the call is still running, or how it ended. */
  readonly outcome: 'running' | 'returned' | 'threw';
  /** The agent's output. */
  readonly output?: unknown;
  /** The error that the agent threw. */
  readonly error?: unknown;
  /** Whether the invocation was aborted while the agent was at work. */
  readonly wasAborted: boolean;
}

/** An agent with nothing but `run`, which follows a script and records its calls. */
export interface ScriptedAgent extends AgentLike {
  /** The calls so far, in order. */
  readonly calls: readonly ScriptedCall[];
  /** Plays the next step of the script. */
  run(input: unknown, context: InvocationContext): Promise<unknown>;
  /** Resolves when the agent has been called this many times. Default: 1. */
  started(calls?: number): Promise<ScriptedCall>;
}

/**
 * The script of an agent: a function that answers every call, or a list with one entry for each call. An entry is a
 * {@link ScriptStep}, a function that computes the answer, or the answer itself.
 */
export type Script =
  | ((input: never, context: InvocationContext, call: number) => unknown)
  | readonly unknown[];

/**
 * Makes an agent that follows a script and records its calls. A call beyond the end of the list fails.
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
