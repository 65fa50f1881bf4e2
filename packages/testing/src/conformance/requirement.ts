import type { Finding } from './conformance-report.js';

/** One requirement on a plugin, as data that any test runner can use. */
export interface Requirement<Trial> {
  /** The id, which is stable and unique among all suites. */
  readonly id: string;
  /** The requirement as a sentence. */
  readonly demands: string;
  /** Advice for the author of a plugin that does not meet it. */
  readonly fix: string;
  /** Whether it applies to this plugin. Default: yes. */
  readonly appliesTo?: (trial: Trial) => boolean;
  /** Tests the plugin. @returns the observation that fails the plugin, or undefined. An error counts as one. */
  readonly check: (trial: Trial) => Promise<string | undefined>;
}

/** Tests one requirement. Never rejects: an error of the check becomes the observation. */
export async function tryRequirement<Trial>(requirement: Requirement<Trial>, trial: Trial): Promise<Finding> {
  const { id, demands, fix } = requirement;
  const failing = (observation: string): Finding => ({ id, demands, passed: false, observation, fix });
  try {
    const observation = await requirement.check(trial);
    return observation === undefined ? { id, demands, passed: true } : failing(observation);
  } catch (error) {
    return failing(error instanceof Error ? error.message : String(error));
  }
}

/** Returns the requirements that apply to a plugin. */
export const applicable = <Trial>(
  requirements: readonly Requirement<Trial>[],
  trial: Trial,
): readonly Requirement<Trial>[] =>
  requirements.filter((requirement) => requirement.appliesTo?.(trial) ?? true);

/** Tests all requirements that apply, one after the other. */
export async function findingsOf<Trial>(
  requirements: readonly Requirement<Trial>[],
  trial: Trial,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const requirement of applicable(requirements, trial))
    findings.push(await tryRequirement(requirement, trial));
  return findings;
}
