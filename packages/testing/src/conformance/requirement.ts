import { type ConformanceReport, type Finding, reportOf } from './conformance-report.js';

/** One thing that a plugin must keep, as data: any runner can try it. */
export interface Requirement<Trial> {
  /** Stable and unique among all suites. */
  readonly id: string;
  /** The demand, as a sentence. */
  readonly demands: string;
  /** Whether it is asked of this plugin at all. Default: yes. */
  appliesTo?(trial: Trial): boolean;
  /** @returns why the plugin does not keep it, or nothing. What it throws is such a reason too. */
  check(trial: Trial): Promise<string | undefined>;
}

/** Tries one requirement. Never rejects: what a check throws is its finding. */
export async function tryRequirement<Trial>(requirement: Requirement<Trial>, trial: Trial): Promise<Finding> {
  const { id } = requirement;
  try {
    const reason = await requirement.check(trial);
    return reason === undefined ? { id, passed: true } : { id, passed: false, reason };
  } catch (error) {
    return { id, passed: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The requirements that a plugin is asked to keep. */
export const applicable = <Trial>(
  requirements: readonly Requirement<Trial>[],
  trial: Trial,
): readonly Requirement<Trial>[] =>
  requirements.filter((requirement) => requirement.appliesTo?.(trial) ?? true);

/** Tries all requirements that apply, one after the other. */
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
