import { labelledOptions } from './callers-constraints.js';
import { excess } from './conduct.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { Rehearsals } from './rehearsals.js';
import type { Answering } from './timed-run.js';

type Fields = Readonly<Record<string, unknown>>;

/** The two ways in which an agent that is to answer with an object does so. */
const FORMS = [
  ['', (answer: unknown) => answer],
  [' as JSON text', (answer: unknown) => JSON.stringify(answer)],
] as const;

/** Checks that an answer with further fields, named like options or parts of a delegation, changes nothing that happens. */
export async function obeysNoAnswer(trial: PatternTrial): Promise<string | undefined> {
  const options = (await labelledOptions(trial)) ?? trial.setup.options;
  const rehearsals = await Rehearsals.open(trial, { options });
  const ok = await rehearsals.run('when no agent fails');
  if (ok.outcome.status !== 'succeeded' || isExplained(ok)) return undefined;
  const seen = isFields(ok.optionsSeen) ? ok.optionsSeen : {};
  for (const name of trial.setup.active) {
    if (ok.calls[name]?.length === 0) continue;
    for (const form of FORMS) {
      const reason = await obeyed({ trial, rehearsals, name, seen, form });
      if (reason !== undefined) return reason;
    }
  }
  return undefined;
}

interface Attempt {
  readonly trial: PatternTrial;
  readonly rehearsals: Rehearsals;
  readonly name: string;
  readonly seen: Fields;
  readonly form: (typeof FORMS)[number];
}

async function obeyed(attempt: Attempt): Promise<string | undefined> {
  const { trial, name, seen } = attempt;
  const { options, otherOptions = {} } = trial.setup;
  const before = await answering(attempt, {}, 'an object');
  if (before?.outcome.status !== 'succeeded' || isExplained(before)) return undefined;
  const known = { ...options, ...seen };
  const rights = { constraints: [], capabilities: ['*'] };
  const names = Object.keys(trial.setup.agents).reverse();
  const others = { agents: names, workers: names, delegation: { constraints: [] }, action: 'execute' };
  for (const [fields, isMeant] of [
    [{ ...changed(known, 1), ...rights, ...otherOptions, constraints: [] }, true],
    [{ ...changed(known, -1), ...rights }, true],
    // Alone, since a right that no agent can give would end the run before anything else shows.
    [{ constraints: [] }, true],
    [{ ...others, ...rights, options: { ...otherOptions, ...rights } }, false],
  ] as const) {
    const used = Object.keys(fields).filter(
      (field) => !attempt.trial.setup.agents[name]?.steers.includes(field),
    );
    const chosen = Object.fromEntries(used.map((field) => [field, (fields as Fields)[field]]));
    const after = await answering(attempt, chosen, `the further fields ${used.join(', ')}`);
    if (!after || isExplained(after)) continue;
    const reason =
      excess(before, after) ??
      // A pattern can refuse an answer; if it does not, the fields have no meaning for it.
      (isMeant && after.outcome.status === 'succeeded' ? excess(after, before, 'no more') : undefined);
    if (reason !== undefined && !trial.setup.dependsOnTiming)
      return `${after.circumstances}: ${reason}, because of the answer`;
  }
  return undefined;
}

/** Makes a run in which an agent adds fields to its answers; undefined: none of them is an object. */
async function answering(
  { trial, rehearsals, name, form: [how, write] }: Attempt,
  fields: Fields,
  what: string,
): Promise<Observation | undefined> {
  const ordinary = trial.answer(name);
  let isObject = false;
  const answer: Answering = async (input, context) => {
    const given = await ordinary(input, context);
    if (!isFields(given)) return given;
    isObject = true;
    // The fields that the answer has already are part of it.
    return write({ ...fields, ...given });
  };
  const observation = await rehearsals.run(`when '${name}' answers with ${what}${how}`, { [name]: answer });
  return isObject ? observation : undefined;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Other values for the options of a pattern. */
const changed = (options: Fields, by: number): Fields =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, otherThan(value, by)]));

function otherThan(value: unknown, by: number): unknown {
  if (typeof value === 'number') return by > 0 ? value + by : 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return [];
  return typeof value === 'string' ? `${value} otherwise` : 1;
}
