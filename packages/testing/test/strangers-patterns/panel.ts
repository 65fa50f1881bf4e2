/*
 * BROKEN (lost errors): the failures of the panel are collected by their error code, so of several members that fail with the
 * same code only the last one is named; the others appear neither among the answers nor among the failures.
 * HURTS: for the caller one member of three is missing where two are: a decision that needs most of the panel is taken
 * on one voice, and the agents that are not named stay broken. With one failure everything is right.
 * SETUP: agents: { lead: {}, first: {}, second: {}, third: {} } (one leader first, three or more workers); tolerated failures:
 * every worker (the run fails only if all workers fail, with the first error); options: none; otherOptions:
 * { constraints: ['read_only'] } (that is then an added constraint of each worker).
 */
import { EatpError } from '@kaizen-eatp/core';
import { PatternContractError } from '@kaizen-eatp/core/errors';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';

const options = z.strictObject({
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

const ENDINGS = new Set(['OUTCOME_NOT_RECORDED', 'TRAIL_FORK', 'SIGNING_FAILED', 'EXECUTION_CANCELLED']);

const endsRun = (signal: AbortSignal, error: unknown): boolean =>
  signal.aborted ||
  !(error instanceof EatpError) ||
  error.code.startsWith('STORE_') ||
  ENDINGS.has(error.code);

/** The first agent puts the question. The others answer it concurrently; the answers of those that can are the result. */
export const pattern = definePattern({
  name: 'panel',
  options,
  async execute({ agents, input, options, delegate, invoke, signal }) {
    const [lead, ...members] = agents;
    if (!lead || members.length === 0) {
      throw new PatternContractError("Pattern 'panel' has no members", {
        expected: 'a chair first, and at least one member',
        received: `${agents.length} agents`,
        remedy: 'Give the runtime more agents.',
      });
    }
    const question = await invoke(lead, input);
    const settled = await Promise.allSettled(
      members.map(async (member) => {
        const delegation = await delegate(lead, member, { constraints: options.constraints });
        return invoke(member, question, { delegation });
      }),
    );
    const answers: { member: string; answer: unknown }[] = [];
    const failures = new Map<string, { member: string; code: string; reason: string }>();
    let firstError: unknown;
    for (const [i, end] of settled.entries()) {
      const member = members[i]!.name;
      if (end.status === 'fulfilled') {
        answers.push({ member, answer: end.value });
        continue;
      }
      if (endsRun(signal, end.reason)) throw end.reason;
      firstError ??= end.reason;
      const { code, message } = end.reason as EatpError;
      failures.set(code, { member, code, reason: message });
    }
    if (answers.length === 0) throw firstError;
    return { question, answers, failures: [...failures.values()] };
  },
});
