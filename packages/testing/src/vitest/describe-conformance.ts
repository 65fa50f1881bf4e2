import { describe, expect, it } from 'vitest';
import { applicable, type Requirement, tryRequirement } from '../conformance/requirement.js';
import { completeSetup } from '../pattern/complete-setup.js';
import { patternRequirements } from '../pattern/pattern-requirements.js';
import type { PatternConformanceSetup } from '../pattern/pattern-setup.js';
import { PatternTrial } from '../pattern/pattern-trial.js';
import { checkStoreSetup } from '../store/check-store-setup.js';
import type { TrustStoreConformanceSetup } from '../store/store-place.js';
import { trustStoreRequirements } from '../store/store-requirements.js';
import { StoreTrial } from '../store/store-trial.js';

/**
 * Registers a test for each requirement on patterns.
 *
 * @throws InvalidArgumentError for an invalid setup, PluginError if `pattern` is not a pattern for this core.
 */
export function describePatternConformance(setup: PatternConformanceSetup): void {
  const complete = completeSetup(setup);
  describeRequirements(`pattern '${complete.name}'`, patternRequirements, new PatternTrial(complete));
}

/** Registers a test for each requirement on stores that the abilities ask for. @throws InvalidArgumentError. */
export function describeTrustStoreConformance(setup: TrustStoreConformanceSetup): void {
  checkStoreSetup(setup);
  describeRequirements(setup.name, trustStoreRequirements, new StoreTrial(setup));
}

function describeRequirements<Trial>(
  subject: string,
  requirements: readonly Requirement<Trial>[],
  trial: Trial,
): void {
  describe(`${subject} conforms`, () => {
    it.each(applicable(requirements, trial).map((requirement) => ({ ...requirement })))(
      '$id: $demands',
      async (requirement) => {
        const { passed, reason } = await tryRequirement(requirement, trial);
        expect(passed, reason).toBe(true);
      },
    );
  });
}
