import { type ConformanceReport, reportOf } from '../conformance/conformance-report.js';
import { findingsOf } from '../conformance/requirement.js';
import { type EnginePlaceFactory, type RunEngineConformanceSetup, readEngineSetup } from './engine-place.js';
import { engineRequirements } from './engine-requirements.js';
import { EngineTrial } from './engine-trial.js';

/**
 * Tests a run engine against {@link engineRequirements}, with any test runner or none. Each check gets an empty place.
 *
 * @param factory - makes an empty place.
 * @param setup - says what the engine can do. Default: one worker at a time, in one process.
 * @throws InvalidArgumentError for an invalid setup, and the error of a factory that cannot make a place or open an engine.
 */
export async function runEngineConformance(
  factory: EnginePlaceFactory,
  setup: RunEngineConformanceSetup = {},
): Promise<ConformanceReport> {
  const trial = new EngineTrial(factory, readEngineSetup(factory, setup));
  // A place that cannot be made or opened is one error, not one for each requirement.
  await trial.inPlace(async (site) => {
    await site.open();
    return undefined;
  });
  return reportOf({
    suite: 'runEngine',
    subject: setup.name ?? 'run engine',
    thoroughness: trial.thoroughness,
    findings: await findingsOf(engineRequirements, trial),
    notChecked: [
      'What happens when a machine falls silent, or the network between it and the queue does.',
      'How fast the engine is, and how it behaves with more runs than the suite submits.',
      ...(trial.module === undefined
        ? [
            'Whether the runs of a killed process are taken over: the setup names no `module` to open the engine in another one.',
          ]
        : []),
      ...(trial.setup.distributed
        ? []
        : ['How several workers share the runs: the setup does not say that they can.']),
    ],
  });
}
