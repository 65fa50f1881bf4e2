import { randomUUID } from 'node:crypto';
import type { InvocationContext } from '@kaizen-eatp/core';
import { scriptsFor } from './experiments.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { textOf } from './texts.js';

/** The place of an agent's name that is the key of a field. */
const KEY = 'the key';

/**
 * Checks that a result gives the words of an agent to that agent, even if another one failed. It compares runs: where an
 * object has a name and the words of that agent when all succeed, it must not have the words of another when that agent fails.
 * It needs agents whose answers the setup leaves to the suite.
 */
export async function creditsTheRightAgents(trial: PatternTrial): Promise<string | undefined> {
  const { setup } = trial;
  const names = Object.keys(setup.agents).filter((name) => setup.agents[name]?.hasDefaultRun);
  const tolerated = setup.tolerates.agents.filter((name) => names.includes(name));
  if (tolerated.length < 2) return undefined;
  const words = Object.fromEntries(names.map((name) => [name, `words-${randomUUID()}`]));
  const speaking = scriptsFor(names, (name) => async (input: never, context: InvocationContext) => ({
    ...((await trial.answer(name)(input, context)) as object),
    words: words[name],
  }));
  const ok = creditsOf(await trial.run('when no agent fails', speaking), words);
  for (const name of tolerated) {
    const how = `when '${name}' fails`;
    const observation = await trial.run(how, { ...speaking, [name]: trial.failing(name) });
    for (const [place, others] of creditsOf(observation, words).get(name) ?? []) {
      const usual = ok.get(name)?.get(place);
      const other = [...others].find((each) => each !== name && !usual?.has(each));
      if (usual?.has(name) && other !== undefined)
        return `${how}: the result gives the answer of '${other}' to '${name}'`;
    }
  }
  return undefined;
}

/** By the name of an agent and the place of that name: the agents whose words are there. */
type Credits = Map<string, Map<string, Set<string>>>;

function creditsOf(observation: Observation, words: Readonly<Record<string, string | undefined>>): Credits {
  const credits: Credits = new Map();
  const note = (name: string, place: string, content: unknown): void => {
    const text = textOf(content);
    const places = credits.get(name) ?? new Map<string, Set<string>>();
    const there = places.get(place) ?? new Set<string>();
    for (const [other, said] of Object.entries(words))
      if (said !== undefined && text.includes(said)) there.add(other);
    credits.set(name, places.set(place, there));
  };
  const seen = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [key, part] of Object.entries(value)) {
      if (Object.hasOwn(words, key)) note(key, KEY, part);
      if (typeof part === 'string' && Object.hasOwn(words, part)) note(part, key, value);
      visit(part);
    }
  };
  if (observation.outcome.status === 'succeeded' && !isExplained(observation))
    visit(observation.outcome.result);
  return credits;
}
