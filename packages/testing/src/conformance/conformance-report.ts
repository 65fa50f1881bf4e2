import type { Thoroughness } from './thoroughness.js';

/** The finding of a suite about one requirement. */
export interface Finding {
  /** The requirement's id, which is stable: tests and READMEs can cite it. */
  readonly id: string;
  /** The requirement as a sentence. */
  readonly demands: string;
  /** Whether the plugin meets the requirement. */
  readonly passed: boolean;
  /** The observation that fails the plugin. Absent when it passes. */
  readonly observation?: string;
  /** Advice for the author. Absent when the plugin passes. */
  readonly fix?: string;
}

/** All findings of a suite about one plugin: plain data, which JSON and a signature can carry. */
export interface ConformanceReport {
  /** The suite: `pattern`, `trustStore`, `constraintEvaluator` or `runEngine`. */
  readonly suite: string;
  /** The name of the pattern, the store, the evaluator or the engine. */
  readonly subject: string;
  /** The form of the suite that was run. */
  readonly thoroughness: Thoroughness;
  /** Whether every finding passed. */
  readonly passed: boolean;
  /** The findings, one for each requirement that applies, in the order of the suite. */
  readonly findings: readonly Finding[];
  /** Sentences about faults that this run of the suite did not or cannot notice. */
  readonly notChecked: readonly string[];
}

/** Makes a report of findings. */
export const reportOf = (report: Omit<ConformanceReport, 'passed'>): ConformanceReport => ({
  suite: report.suite,
  subject: report.subject,
  thoroughness: report.thoroughness,
  passed: report.findings.every((finding) => finding.passed),
  findings: report.findings,
  notChecked: report.notChecked,
});

/**
 * Formats a report as lines: the result of each requirement, with the observation and the fix of each failure, and what was
 * not checked.
 */
export function formatReport({ subject, thoroughness, findings, notChecked }: ConformanceReport): string {
  const met = findings.filter((finding) => finding.passed).length;
  const lines = findings.flatMap(({ id, passed, observation, fix }) =>
    passed ? [`  ok    ${id}`] : [`  FAILS ${id}: ${observation}`, `        fix: ${fix}`],
  );
  return [
    `${subject}: ${met} of ${findings.length} requirements met (${thoroughness} form)`,
    ...lines,
    'Not checked:',
    ...notChecked.map((sentence) => `  - ${sentence}`),
  ].join('\n');
}
