import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import { type ConformanceReport, type Finding, reportOf } from '../conformance/conformance-report.js';
import { findingsOf } from '../conformance/requirement.js';
import { trustWorld } from '../fakes/trust-world.js';
import { asksForApproval } from './approvals.js';
import { labelledOptions } from './callers-constraints.js';
import { type CompleteSetup, completeSetup } from './complete-setup.js';
import { type PatternRequirementId, patternRequirements } from './pattern-requirements.js';
import type { PatternConformanceSetup } from './pattern-setup.js';
import { PatternTrial } from './pattern-trial.js';

/**
 * Tests a pattern against {@link patternRequirements}, with any test runner or none. It makes about a hundred short runs, in
 * separate worlds, and in the full form hundreds more.
 *
 * While it works, errors that the pattern's code throws to no caller are findings: they do not end the process.
 *
 * @param pattern - the pattern.
 * @param setup - describes it. Default: a setup that suits a simple pattern.
 * @throws InvalidArgumentError or InvalidPatternOptionsError for an invalid setup, PluginError `PLUGIN_INVALID` or
 * `PLUGIN_INCOMPATIBLE` if `pattern` is not a pattern for this core.
 */
export async function patternConformance(
  pattern: PatternPlugin,
  setup: PatternConformanceSetup = {},
): Promise<ConformanceReport> {
  return watched(pattern, setup, async (trial) =>
    reportOf({
      suite: 'pattern',
      subject: trial.setup.name,
      thoroughness: trial.setup.thoroughness,
      findings: await findingsOf(patternRequirements, trial),
      notChecked: [...notChecked(trial.setup), ...(await notApplicable(trial))],
    }),
  );
}

/**
 * Tests a pattern against some of the requirements only, for the tests of the suite itself. It makes only the runs that these
 * look at.
 */
export const findingsAbout = (
  pattern: PatternPlugin,
  setup: PatternConformanceSetup,
  isMeant: (id: PatternRequirementId) => boolean,
): Promise<Finding[]> =>
  watched(pattern, setup, (trial) =>
    findingsOf(
      patternRequirements.filter(({ id }) => isMeant(id)),
      trial,
    ),
  );

async function watched<T>(
  pattern: PatternPlugin,
  setup: PatternConformanceSetup,
  use: (trial: PatternTrial) => Promise<T>,
): Promise<T> {
  const trial = new PatternTrial(completeSetup(pattern, setup));
  const stop = trial.watch();
  try {
    // A setup with which no run can start is one error, not one for each requirement.
    await trial.ok();
    return await use(trial);
  } finally {
    await stop();
  }
}

/** Lists the faults that cannot be noticed since the pattern does not do what they are about. */
async function notApplicable(trial: PatternTrial): Promise<readonly string[]> {
  return [
    ...((await labelledOptions(trial))
      ? []
      : ["Whether the caller's constraints are kept: the pattern has no option `constraints`."]),
    ...((await asksForApproval(trial))
      ? ['Whether people can answer the requests for approval: the suite answers them itself.']
      : ['Acts without an approval: the pattern asks for none with the options of the setup.']),
  ];
}

/** Lists the faults that the suite does not or cannot notice with a setup. */
function notChecked(setup: CompleteSetup): readonly string[] {
  const { otherOptions, thoroughness, children, agents, durable, dependsOnTiming, world } = setup;
  const ignored = Object.keys(agents).filter((name) => agents[name]?.otherwise === false);
  return [
    'Whether the result is the right one: only its author knows what the pattern is for.',
    'Runs with other agents, inputs and options than those of the setup.',
    'Acts outside the execution that leave no trace in this process, such as a request over the network that has ended.',
    'Whether the pattern keeps numbers, or strings of a few bytes, of earlier runs.',
    ...(otherOptions ? [] : ['Whether the pattern obeys its options: the setup has no `otherOptions`.']),
    ...(durable
      ? []
      : ['Whether the pattern can be used in durable runs: the setup says that it is not meant for them.']),
    ...(dependsOnTiming
      ? ['Whether the result depends on which agent answers first: the setup says that it does.']
      : []),
    ...(durable && world !== trustWorld
      ? ['Whether a durable run survives the end of its process: the setup makes the world of the agents.']
      : []),
    ...(children.length > 1
      ? []
      : ['How agents work concurrently: only one of them acts under a delegation.']),
    ...(ignored.length === 0
      ? []
      : [`The use of the answers of ${ignored.join(', ')}: the setup says that they do not matter.`]),
    ...(thoroughness === 'full'
      ? []
      : ['Faults that show only after many runs or after seconds: use the full form.']),
  ];
}
