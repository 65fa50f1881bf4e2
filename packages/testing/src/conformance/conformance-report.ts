/** The finding of a suite about one requirement. */
export interface Finding {
  /** The requirement's id, which is stable: tests and READMEs can cite it. */
  readonly id: string;
  /** Whether the plugin meets the requirement. */
  readonly passed: boolean;
  /** Why it does not. Absent when it does. */
  readonly reason?: string;
}

/** All findings of a suite about one plugin. */
export interface ConformanceReport {
  /** The name of the pattern or store. */
  readonly subject: string;
  /** Whether every finding passed. */
  readonly passed: boolean;
  /** The findings, one for each requirement that applies, in the order of the suite. */
  readonly findings: readonly Finding[];
}

/** Makes a report of findings. */
export const reportOf = (subject: string, findings: readonly Finding[]): ConformanceReport => ({
  subject,
  passed: findings.every((finding) => finding.passed),
  findings,
});

/** Formats a report as lines, with the reason of each failure; for tests without a test runner. */
export function formatReport({ subject, findings }: ConformanceReport): string {
  const lines = findings.map(({ id, passed, reason }) =>
    passed ? `  ok    ${id}` : `  FAILS ${id}: ${reason}`,
  );
  return [
    `${subject}: ${findings.filter((f) => f.passed).length} of ${findings.length} requirements met`,
    ...lines,
  ].join('\n');
}
