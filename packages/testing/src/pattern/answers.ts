import type { AgentFunction } from '@kaizen-eatp/core';
import { withoutMarks } from './marks.js';
import { allCalls, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { textOf } from './texts.js';
import { variantsOf } from './variants.js';

/** Describes the outcome of a run without what differs from run to run: ids and marks. */
export function comparable({ setup }: Pick<PatternTrial, 'setup'>, observation: Observation): string {
  const { outcome, runId, taskId, marks } = observation;
  if (outcome.status === 'failed') return `a failure with ${outcome.error.code}`;
  if (outcome.status !== 'succeeded') return 'no end';
  const result = textOf(setup.comparable(outcome.result))
    .replaceAll(runId, '<run>')
    .replaceAll(taskId, '<task>');
  return withoutMarks(result, marks);
}

/** Checks that the input reaches an agent. */
export async function usesInput(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  if (isExplained(ok) || ok.outcome.status !== 'succeeded') return undefined;
  const reached = allCalls(ok).some(({ input }) => textOf(input).includes(ok.marks.input));
  if (!reached) return `${ok.circumstances}: no agent received the mark of the input`;
  const long = await trial.withLongInput();
  if (!long || isExplained(long) || long.outcome.status !== 'succeeded') return undefined;
  const hasArrived = allCalls(long).some(({ input }) => textOf(input).includes(long.marks.input));
  return hasArrived ? undefined : `${long.circumstances}: no agent received its end`;
}

/** Checks that the result depends on the answer of every agent that takes part, unless the setup says otherwise. */
export async function usesAnswers(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  if (isExplained(ok) || ok.outcome.status !== 'succeeded') return undefined;
  for (const name of trial.setup.active) {
    if (trial.setup.agents[name]?.otherwise === false || ok.calls[name]?.length === 0) continue;
    if (!(await matters(trial, ok, name)))
      return `when '${name}' answers differently: the result was the same, ${comparable(trial, ok).slice(0, 200)}`;
    const lost = await lostAnswer(trial, name);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

/** Finds an answer that counts as none, although it is one: only where the setup leaves the answers to the suite. */
async function lostAnswer(trial: PatternTrial, name: string): Promise<string | undefined> {
  const { hasDefaultRun, otherwise } = trial.setup.agents[name] ?? {};
  if (!hasDefaultRun || otherwise !== undefined) return undefined;
  const answering = async (value: unknown): Promise<string | undefined> => {
    const observation = await trial.run(`when '${name}' answers ${String(value)}`, { [name]: () => value });
    return observation.outcome.status === 'succeeded' ? comparable(trial, observation) : undefined;
  };
  const nothing = await answering(null);
  if (nothing === undefined) return undefined;
  for (const value of [0, false])
    if ((await answering(value)) === nothing)
      return `when '${name}' answers ${String(value)}: the result was the same as when it answers null`;
  return undefined;
}

async function matters(trial: PatternTrial, ok: Observation, name: string): Promise<boolean> {
  const otherwise = trial.setup.agents[name]?.otherwise;
  const answer = trial.answer(name);
  const before = comparable(trial, ok);
  const differs = async (run: AgentFunction): Promise<boolean> => {
    const observation = await trial.run(`when '${name}' answers differently`, { [name]: run });
    return comparable(trial, observation) !== before;
  };
  if (typeof otherwise === 'function') return differs(otherwise);
  for (let change = 0; ; change++) {
    let hasVariant = false;
    const changed: AgentFunction = async (input, context) => {
      const variant = variantsOf(await answer(input, context))[change];
      hasVariant ||= variant !== undefined;
      return variant === undefined ? answer(input, context) : variant.value;
    };
    if (await differs(changed)) return true;
    if (!hasVariant) return false;
  }
}
