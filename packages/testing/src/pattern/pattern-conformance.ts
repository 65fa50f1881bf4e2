import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import type { ConformanceReport } from '../conformance/conformance-report.js';
import { runRequirements } from '../conformance/requirement.js';
import { completeSetup } from './complete-setup.js';
import { patternRequirements } from './pattern-requirements.js';
import type { PatternConformanceSetup } from './pattern-setup.js';
import { PatternTrial } from './pattern-trial.js';

/**
 * Tries a pattern against {@link patternRequirements}, with any test runner or none. It makes about thirty short
 * runs, each over a store of its own; in memory, on a conforming pattern, it takes a second at most.
 *
 * @throws InvalidArgumentError for a setup that does not say what it means, PluginError `PLUGIN_INVALID` or `PLUGIN_INCOMPATIBLE` if `pattern` is no pattern for this core.
 */
export function runPatternConformance(setup: PatternConformanceSetup): Promise<ConformanceReport> {
  const complete = completeSetup(setup);
  return runRequirements(complete.name, patternRequirements, new PatternTrial(complete));
}

/** {@link runPatternConformance}, with the pattern in front. */
export const patternConformance = (
  plugin: PatternPlugin,
  setup: Omit<PatternConformanceSetup, 'pattern'> = {},
): Promise<ConformanceReport> => runPatternConformance({ ...setup, pattern: plugin });
