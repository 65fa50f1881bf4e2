/** What a suite found about one requirement. */
export interface Finding {
  /** Stable: tests and READMEs may cite it. */
  readonly id: string;
  readonly passed: boolean;
  /** Why not; absent when it passed. */
  readonly reason?: string;
}

/** What a suite found about one plugin. */
export interface ConformanceReport {
  /** Name of the pattern or store that was tried. */
  readonly subject: string;
  /** Whether every finding passed. */
  readonly passed: boolean;
  /** One for each requirement that applies, in the order of the registry. */
  readonly findings: readonly Finding[];
}

export const reportOf = (subject: string, findings: readonly Finding[]): ConformanceReport => ({
  subject,
  passed: findings.every((finding) => finding.passed),
  findings,
});

/** The report as lines of text, failures with their reasons; for tests without a runner of their own. */
export function formatReport({ subject, findings }: ConformanceReport): string {
  const lines = findings.map(({ id, passed, reason }) =>
    passed ? `  ok    ${id}` : `  FAILS ${id}: ${reason}`,
  );
  return [
    `${subject}: ${findings.filter((f) => f.passed).length} of ${findings.length} requirements kept`,
    ...lines,
  ].join('\n');
}
