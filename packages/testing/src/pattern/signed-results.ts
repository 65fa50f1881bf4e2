import type { AgentFunction } from '@kaizen-eatp/core';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { textOf } from './texts.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks that a detail which is signed, and is in the result under the same name, is the same in both even when an agent
 * decides otherwise: each agent whose answer has fields that are true or false answers with the opposite.
 */
export async function signsWhatItReturns(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  const shared = [...pairsOf(ok)].filter(([, [signed, returned]]) => signed === returned);
  if (shared.length === 0) return undefined;
  for (const name of trial.setup.active) {
    const answer = trial.answer(name);
    const opposite: AgentFunction = async (input, context) => opposed(await answer(input, context));
    const how = `when '${name}' decides otherwise`;
    const pairs = pairsOf(await trial.run(how, { [name]: opposite }));
    for (const [detail] of shared) {
      const [signed, returned] = pairs.get(detail) ?? [];
      if (signed !== returned)
        return `${how}: the detail '${detail}' is signed as ${signed?.slice(0, 200)}, and the result says ${returned?.slice(0, 200)}`;
    }
  }
  return undefined;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const opposed = (answer: unknown): unknown =>
  isFields(answer)
    ? Object.fromEntries(
        Object.entries(answer).map(([name, part]) => [name, typeof part === 'boolean' ? !part : part]),
      )
    : answer;

/** The details that are also fields of the result: as they are signed, and as they are returned. */
function pairsOf(observation: Observation): Map<string, [signed: string, returned: string]> {
  const { outcome, asked } = observation;
  const pairs = new Map<string, [string, string]>();
  if (outcome.status !== 'succeeded' || isExplained(observation) || !isFields(outcome.result)) return pairs;
  const fields = Object.entries(outcome.result).map(([name, part]) => [plain(name), part] as const);
  for (const { options } of asked) {
    if (!isFields(options.details)) continue;
    for (const [name, detail] of Object.entries(options.details)) {
      const field = fields.find(([other]) => other === plain(name));
      if (field) pairs.set(name, [textOf(detail), textOf(field[1])]);
    }
  }
  return pairs;
}

/** A name without what differs between ways to write it: `approved_by` and `approvedBy`. */
const plain = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();
