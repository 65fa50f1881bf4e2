import type { ConstraintEvaluator, PatternPlugin } from '@kaizen-eatp/core/plugin';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicable, type Requirement, tryRequirement } from '../conformance/requirement.js';
import {
  type EnginePlaceFactory,
  type RunEngineConformanceSetup,
  readEngineSetup,
} from '../engine/engine-place.js';
import { engineRequirements } from '../engine/engine-requirements.js';
import { EngineTrial } from '../engine/engine-trial.js';
import { evaluatorRequirements } from '../evaluator/evaluator-requirements.js';
import { type EvaluatorConformanceSetup, readEvaluatorSetup } from '../evaluator/evaluator-setup.js';
import { EvaluatorTrial } from '../evaluator/evaluator-trial.js';
import { completeSetup } from '../pattern/complete-setup.js';
import { patternRequirements } from '../pattern/pattern-requirements.js';
import type { PatternConformanceSetup } from '../pattern/pattern-setup.js';
import { PatternTrial } from '../pattern/pattern-trial.js';
import { checkStoreSetup } from '../store/check-store-setup.js';
import type { StorePlaceFactory, TrustStoreConformanceSetup } from '../store/store-place.js';
import { trustStoreRequirements } from '../store/store-requirements.js';
import { StoreTrial } from '../store/store-trial.js';

/**
 * Registers a test for each requirement on patterns.
 *
 * @param pattern - the pattern.
 * @param setup - as for `patternConformance`.
 * @throws InvalidArgumentError for an invalid setup, PluginError if `pattern` is not a pattern for this core.
 */
export function describePatternConformance(
  pattern: PatternPlugin,
  setup: PatternConformanceSetup = {},
): void {
  const complete = completeSetup(pattern, setup);
  const trial = new PatternTrial(complete);
  describe(`pattern '${complete.name}' conforms`, () => {
    let stop: (() => void) | undefined;
    beforeAll(async () => {
      stop = trial.watch();
      // A setup with which no run can start fails once, and not for each requirement.
      await trial.ok();
    });
    afterAll(() => stop?.());
    registerRequirements(patternRequirements, trial);
  });
}

/**
 * Registers a test for each requirement on stores that the abilities ask for.
 *
 * @param factory - makes an empty place.
 * @param setup - as for `trustStoreConformance`.
 * @throws InvalidArgumentError for an invalid setup.
 */
export function describeTrustStoreConformance(
  factory: StorePlaceFactory,
  setup: TrustStoreConformanceSetup = {},
): void {
  checkStoreSetup(factory, setup);
  const trial = new StoreTrial(factory, setup);
  describe(`${setup.name ?? 'store'} conforms`, () => {
    // A place that cannot be opened fails once, and not for each requirement.
    beforeAll(() => trial.withStore(async () => undefined));
    registerRequirements(trustStoreRequirements, trial);
  });
}

/**
 * Registers a test for each requirement on constraint evaluators.
 *
 * @param evaluator - an instance.
 * @param setup - as for `evaluatorConformance`.
 * @throws InvalidArgumentError for an invalid setup.
 */
export function describeEvaluatorConformance(
  evaluator: ConstraintEvaluator,
  setup: EvaluatorConformanceSetup,
): void {
  const read = readEvaluatorSetup(evaluator, setup);
  describe(`${read.name ?? 'constraint evaluator'} conforms`, () => {
    registerRequirements(evaluatorRequirements, new EvaluatorTrial(evaluator, read));
  });
}

/**
 * Registers a test for each requirement on run engines that the setup asks for.
 *
 * @param factory - makes an empty place.
 * @param setup - as for `runEngineConformance`.
 * @throws InvalidArgumentError for an invalid setup.
 */
export function describeRunEngineConformance(
  factory: EnginePlaceFactory,
  setup: RunEngineConformanceSetup = {},
): void {
  const trial = new EngineTrial(factory, readEngineSetup(factory, setup));
  describe(`${setup.name ?? 'run engine'} conforms`, () => {
    registerRequirements(engineRequirements, trial);
  });
}

function registerRequirements<Trial>(requirements: readonly Requirement<Trial>[], trial: Trial): void {
  it.each(applicable(requirements, trial).map((requirement) => ({ ...requirement })))(
    '$id: $demands',
    async (requirement) => {
      const { passed, observation, fix } = await tryRequirement(requirement, trial);
      expect(passed, `${observation}\nFix: ${fix}`).toBe(true);
    },
  );
}
