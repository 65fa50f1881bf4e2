import { labelledOptions } from './callers-constraints.js';
import { excess } from './conduct.js';
import { type HostileAnswer, POLLUTING, UNUSUAL } from './hostile-answers.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { Rehearsals } from './rehearsals.js';
import { SharedObjects } from './shared-objects.js';
import type { Answering } from './timed-run.js';

/**
 * Checks that no answer changes what all code of the process shares, is thrown to no caller, or keeps the run from ending;
 * and that an answer gives no agent more calls or rights than a harmless answer of the same form.
 */
export async function bearsAnyAnswer(trial: PatternTrial): Promise<string | undefined> {
  const rehearsals = await Rehearsals.open(trial, { options: await labelledOptions(trial) });
  const ok = await rehearsals.run('when no agent fails');
  for (const name of trial.setup.active) {
    if (ok.calls[name]?.length === 0) continue;
    for (const hostile of [...POLLUTING, ...UNUSUAL]) {
      const reason = await borne(trial, rehearsals, name, hostile);
      if (reason !== undefined) return `when '${name}' answers with ${hostile.what}: ${reason}`;
    }
  }
  return undefined;
}

async function borne(
  trial: PatternTrial,
  rehearsals: Rehearsals,
  name: string,
  { what, of, harmless }: HostileAnswer,
): Promise<string | undefined> {
  const run = (make: HostileAnswer['of'], how: string): Promise<Observation> => {
    const ordinary = trial.answer(name);
    const answer: Answering = async (input, context) => make(await ordinary(input, context));
    return rehearsals.run(`when '${name}' answers with ${how}`, { [name]: answer });
  };
  const shared = new SharedObjects();
  const observation = await run(of, what);
  const changed = shared.undo();
  if (changed !== undefined) return `the pattern changed ${changed} of the whole process`;
  const stray = strayOf(trial, observation);
  // Errors that the pattern causes without such an answer fail another requirement.
  if (stray && !strayOf(trial, await trial.ok())) return `the pattern caused ${stray.what}`;
  if (observation.outcome.status === 'unended') return 'the run neither failed nor ended';
  if (!harmless || trial.setup.dependsOnTiming || isExplained(observation)) return undefined;
  const more = excess(await run(harmless, 'a harmless answer of that form'), observation);
  return more === undefined
    ? undefined
    : `${more}; with a harmless answer of the same form this does not happen`;
}

const strayOf = ({ strayErrors }: PatternTrial, { runId }: Observation) =>
  strayErrors.find((each) => each.runId === runId);
