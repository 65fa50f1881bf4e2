import { type ConformanceReport, type Finding, reportOf } from './conformance-report.js';

/** One requirement on a plugin, as data that any test runner can use. */
export interface Requirement<Trial> {
  /** The id, which is stable and unique among all suites. */
  readonly id: string;
  /** The requirement as a sentence. */
  readonly demands: string;
  /** Whether it applies to this plugin. Default: yes. */
  appliesTo?(trial: Trial): boolean;
  /** Tests the plugin. @returns why the plugin does not meet the requirement, or undefined. An error counts as a reason. */
  check(trial: Trial): Promise<string | undefined>;
}

/** Tests one requirement. Never rejects: an error of the check becomes the finding. */
export async function tryRequirement<Trial>(requirement: Requirement<Trial>, trial: Trial): Promise<Finding> {
  const { id } = requirement;
  try {
    const reason = await requirement.check(trial);
    return reason === undefined ? { id, passed: true } : { id, passed: false, reason };
  } catch (error) {
    return { id, passed: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Returns the requirements that apply to a plugin. */
export const applicable = <Trial>(
  requirements: readonly Requirement<Trial>[],
  trial: Trial,
): readonly Requirement<Trial>[] =>
  requirements.filter((requirement) => requirement.appliesTo?.(trial) ?? true);

/** Tests all requirements that apply, one after the other. */
export async function runRequirements<Trial>(
  subject: string,
  requirements: readonly Requirement<Trial>[],
  trial: Trial,
): Promise<ConformanceReport> {
  const findings: Finding[] = [];
  for (const requirement of applicable(requirements, trial))
    findings.push(await tryRequirement(requirement, trial));
  return reportOf(subject, findings);
}
