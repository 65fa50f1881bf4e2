import { StoreError } from '@kaizen-eatp/core/errors';
import { labelledOptions } from './callers-constraints.js';
import { excess } from './conduct.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { Rehearsals } from './rehearsals.js';

/**
 * Checks that a delegation which could not be made at first is not made again with other rights: one delegation to each agent
 * fails once, as with a database that is restarted.
 */
export async function repeatsNoWider(trial: PatternTrial): Promise<string | undefined> {
  let failing: string | undefined;
  let failures = 0;
  const refuses = (_from: string, to: string): StoreError | undefined => {
    if (to !== failing || failures > 0) return undefined;
    failures += 1;
    return interrupted();
  };
  const options = await labelledOptions(trial);
  const rehearsals = await Rehearsals.open(trial, { options, control: { refuses } });
  const ok = await rehearsals.run('when no agent fails');
  if (ok.outcome.status !== 'succeeded' || isExplained(ok)) return undefined;
  for (const name of trial.setup.children) {
    failing = name;
    failures = 0;
    const how = `when the first delegation to '${name}' fails`;
    const observation = await rehearsals.run(how);
    if (failures === 0 || trial.setup.dependsOnTiming || isExplained(observation)) continue;
    const more = excess(ok, observation);
    if (more !== undefined) return `${how}: ${more}; otherwise this does not happen`;
  }
  return undefined;
}

const interrupted = (): StoreError =>
  new StoreError('STORE_FAILED', 'The suite interrupts the store once', {
    received: 'a delegation',
    remedy: 'End the run, or make the same delegation again.',
  });
