import type { EatpError } from '@kaizen-eatp/core';
import { DelegationError, StoreError } from '@kaizen-eatp/core/errors';
import type { DelegationGrant } from '@kaizen-eatp/core/plugin';
import { labelledOptions } from './callers-constraints.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { isExplained } from './refusals.js';
import { Rehearsals } from './rehearsals.js';

/** How a delegation fails: as with a database that is restarted, or since the delegator may not make it. */
const REFUSALS: readonly (() => EatpError)[] = [
  () =>
    new StoreError('STORE_FAILED', 'The suite interrupts the store once', {
      remedy: 'End the run, or make the same delegation again.',
    }),
  () =>
    new DelegationError('DELEGATION_REFUSED', 'The suite refuses a delegation once', {
      remedy: 'End the run, or leave the agent out.',
    }),
];

/**
 * Checks that a delegation which could not be made at first is not made again with other rights, nor by an agent that is
 * less limited: one delegation to each agent fails once.
 */
export async function repeatsNoWider(trial: PatternTrial): Promise<string | undefined> {
  let failing: string | undefined;
  let error: (() => EatpError) | undefined;
  const refuses = (_from: string, to: string): EatpError | undefined => {
    if (to !== failing) return undefined;
    const refusal = error?.();
    error = undefined;
    return refusal;
  };
  const options = await labelledOptions(trial);
  const rehearsals = await Rehearsals.open(trial, { options, control: { refuses } });
  const ok = await rehearsals.run('when no agent fails');
  if (ok.outcome.status !== 'succeeded' || isExplained(ok)) return undefined;
  for (const name of trial.setup.children) {
    for (const refusal of REFUSALS) {
      failing = name;
      error = refusal;
      const how = `when the first delegation to '${name}' fails with ${refusal().code}`;
      const wider = grantsTo(name, await rehearsals.run(how)).find(
        (grant) => !grantsTo(name, ok).some((usual) => isWithin(grant, usual)),
      );
      if (wider)
        return `${how}: '${wider.from.name}' delegates ${wider.capabilities.join(', ')} under ${wider.constraints.join(', ')}, and otherwise it does not`;
    }
  }
  return undefined;
}

const grantsTo = (name: string, { asked }: Observation): DelegationGrant[] =>
  asked.flatMap(({ grant }) => (grant?.to.name === name ? [grant] : []));

/** Whether a delegation gives no more than another one of the same delegator. */
const isWithin = (grant: DelegationGrant, usual: DelegationGrant): boolean =>
  grant.from.name === usual.from.name &&
  grant.capabilities.every((each) => usual.capabilities.includes(each)) &&
  usual.constraints.every((each) => grant.constraints.includes(each));
