import type { AuditAnchor, EatpError, OrchestrationResult } from '@kaizen-eatp/core';

/** Finds the run behind a result, an error that `execute` rejected with, or a run's id. */
export function runOf(value: unknown): { runId: string; auditTrail?: readonly AuditAnchor[] } | undefined {
  if (typeof value === 'string') return { runId: value };
  const run = (value as Partial<EatpError> | null)?.run ?? (value as Partial<OrchestrationResult> | null);
  if (typeof run?.runId !== 'string') return undefined;
  return { runId: run.runId, auditTrail: (run.auditTrail ?? []) as readonly AuditAnchor[] };
}
