import { capabilityCovers, EXECUTE } from '@kaizen-eatp/core/plugin';
import { INHERITED_CONSTRAINT } from './laboratory.js';
import type { Observation } from './observation.js';
import type { PatternTrial } from './pattern-trial.js';
import { findRefusal, widens } from './refusals.js';

/** Checks that a pattern delegates only what the delegator can give, and that no delegation drops a constraint. */
export async function narrowsOnly(trial: PatternTrial): Promise<string | undefined> {
  const refused = await findRefusal(trial, widens);
  if (refused !== undefined) return refused;
  for (const observation of [await trial.ok(), ...(await trial.failures())]) {
    const reason = widenedRecord(observation);
    if (reason !== undefined) return `${observation.circumstances}: ${reason}`;
  }
  return undefined;
}

/** Looks for a widened delegation among the stored records, without trusting that the guard refused it. */
function widenedRecord({ delegations }: Observation): string | undefined {
  for (const delegation of delegations) {
    const { id, constraintSubset, parentDelegationId, capabilitiesDelegated } = delegation;
    const parent = delegations.find((candidate) => candidate.id === parentDelegationId);
    const inherited = [INHERITED_CONSTRAINT, ...(parent?.constraintSubset ?? [])];
    const dropped = inherited.find((label) => !constraintSubset.includes(label));
    if (dropped !== undefined) return `delegation ${id} leaves out the constraint '${dropped}'`;
    if (!parent || parent.capabilitiesDelegated.includes(EXECUTE)) continue;
    const added = capabilitiesDelegated.find(
      (name) =>
        name !== EXECUTE && !parent.capabilitiesDelegated.some((given) => capabilityCovers(given, name)),
    );
    if (added !== undefined) return `delegation ${id} gives '${added}', which the one above it does not`;
  }
  return undefined;
}
