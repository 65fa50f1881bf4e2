import { comparable } from './answers.js';
import { allCalls, type Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { textOf } from './texts.js';

/** Checks that concurrent runs do not affect each other: each has the result that it has alone, and agents see only its input. */
export async function staysApart(trial: PatternTrial): Promise<string | undefined> {
  const { alone, together } = await trial.company();
  for (const [i, observation] of together.entries()) {
    const { circumstances } = observation;
    const strays = together.filter((other) => other !== observation).map(({ marks }) => marks.input);
    const mixed = allCalls(observation).find((call) =>
      strays.some((mark) => textOf(call.input).includes(mark)),
    );
    if (mixed) return `${circumstances} '${mixed.agent}' received data of another run`;
    const expected = comparable(trial, alone[i] as Observation);
    const received = comparable(trial, observation);
    if (expected !== received)
      return `${circumstances} the result was ${received}, and alone it was ${expected}`;
    const foreign = observation.trail.find((anchor) => anchor.context?.task_id !== observation.taskId);
    if (foreign) return `${circumstances} the trail has a record of ${String(foreign.context?.task_id)}`;
  }
  return undefined;
}

/** Checks that runs with one input in two tenants call the agents of their own tenant, and have its results. */
export async function keepsTenantsApart(trial: PatternTrial): Promise<string | undefined> {
  const remembered = await remembersTasks(trial);
  if (remembered !== undefined) return remembered;
  const { runs } = await trial.tenants();
  for (const [i, ofTenant] of runs.entries()) {
    const other = runs[1 - i]?.[0] as Observation;
    for (const observation of ofTenant) {
      const { circumstances, outcome, calls } = observation;
      if (outcome.status !== 'succeeded' || other.outcome.status !== 'succeeded') continue;
      if (textOf(outcome.result).includes(other.marks.tenant))
        return `${circumstances} the result has an answer from the other tenant`;
      const uncalled = Object.keys(calls).find(
        (name) => calls[name]?.length === 0 && (other.calls[name]?.length ?? 0) > 0,
      );
      if (uncalled !== undefined)
        return `${circumstances} '${uncalled}' was not called, though the same run of the other tenant called it`;
    }
  }
  return undefined;
}

/** Checks that a run does not continue what a run of another tenant, whose task has the same id, left unfinished. */
async function remembersTasks(trial: PatternTrial): Promise<string | undefined> {
  const ok = await trial.ok();
  if (ok.outcome.status !== 'succeeded') return undefined;
  for (const observation of await trial.sameTasks()) {
    const { circumstances, outcome, calls } = observation;
    const uncalled = Object.keys(calls).find(
      (name) => calls[name]?.length === 0 && (ok.calls[name]?.length ?? 0) > 0,
    );
    if (outcome.status === 'succeeded' && uncalled !== undefined)
      return `${circumstances}: '${uncalled}' was not called, though it is otherwise`;
  }
  return undefined;
}

/** Checks that nothing of one run arrives in another: not in a call, a record, a report, a result or an error. */
export async function leaksNothing(trial: PatternTrial): Promise<string | undefined> {
  await trial.company();
  await trial.tenants();
  await trial.sameTasks();
  for (const observation of trial.observed) {
    const own = Object.values(observation.marks);
    for (const { where, text } of whereabouts(observation)) {
      const stray = (text.match(MARK) ?? []).find((mark) => !own.includes(mark));
      if (stray !== undefined)
        return `${observation.circumstances}: ${where} holds data of another run (${kindOf(stray)})`;
      if (where.includes('details') && text.includes(observation.marks.person))
        return `${observation.circumstances}: ${where} hold the person in plain, in a signed record`;
    }
  }
  return undefined;
}

const MARK = /mark-(?:input|person|tenant)-[0-9a-f]{12}/g;
const kindOf = (mark: string): string => {
  const kind = mark.split('-')[1];
  return kind === 'tenant' ? 'an answer' : `its ${kind}`;
};

/** Every place in which data of a run can arrive, with what is there. */
function whereabouts({ asked, outcome }: Observation): { where: string; text: string }[] {
  const places = asked.flatMap(({ op, agents, value, options }) => {
    const of = agents.length > 0 ? ` of '${agents.join("' to '")}'` : '';
    const named = Object.entries(options).filter(([name]) => name !== 'delegation');
    return [
      {
        where: op === 'report' ? 'a report' : `the value${op === 'share' ? ' shared' : ''} in ${op}${of}`,
        text: textOf(value),
      },
      ...named.map(([name, option]) => ({ where: `${name} in ${op}${of}`, text: textOf(option) })),
    ];
  });
  if (outcome.status === 'succeeded') places.push({ where: 'the result', text: textOf(outcome.result) });
  if (outcome.status === 'failed')
    places.push({ where: 'the error', text: `${outcome.error.message} ${textOf(outcome.error.cause)}` });
  return places;
}
