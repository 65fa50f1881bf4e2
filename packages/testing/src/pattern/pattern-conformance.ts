import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import type { ConformanceReport } from '../conformance/conformance-report.js';
import { runRequirements } from '../conformance/requirement.js';
import { completeSetup } from './complete-setup.js';
import { patternRequirements } from './pattern-requirements.js';
import type { PatternConformanceSetup } from './pattern-setup.js';
import { PatternTrial } from './pattern-trial.js';

/**
 * Tests a pattern against {@link patternRequirements}, with any test runner or none. It makes about thirty short runs,
 * each with a separate store. For a conforming pattern over the memory store it takes a second at most.
 *
 * @throws InvalidArgumentError for an invalid setup, PluginError `PLUGIN_INVALID` or `PLUGIN_INCOMPATIBLE` if `pattern` is
 * not a pattern for this core.
 */
export function runPatternConformance(setup: PatternConformanceSetup): Promise<ConformanceReport> {
  const complete = completeSetup(setup);
  return runRequirements(complete.name, patternRequirements, new PatternTrial(complete));
}

/** Does the same as {@link runPatternConformance}, with the pattern as the first argument. */
export const patternConformance = (
  plugin: PatternPlugin,
  setup: Omit<PatternConformanceSetup, 'pattern'> = {},
): Promise<ConformanceReport> => runPatternConformance({ ...setup, pattern: plugin });
