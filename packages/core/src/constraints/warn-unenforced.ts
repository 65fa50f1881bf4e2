const warned = new Set<string>();
/**
 * Bounds the memory when labels are generated one after another. Beyond it, the warning for a label can be repeated.
 */
const MAX_REMEMBERED = 10_000;

/** The code of the process warning about a constraint label that no evaluator enforces. */
export const UNENFORCED_CONSTRAINT_WARNING = 'EATP_UNENFORCED_CONSTRAINT';

/**
 * Warns, once for each label in a process, that no evaluator enforces a constraint.
 *
 * @param where - what carries the label, for instance `agent 'agent-analyst'`.
 */
export function warnUnenforced(label: string, where: string): void {
  if (warned.has(label)) return;
  if (warned.size >= MAX_REMEMBERED) warned.clear();
  warned.add(label);
  // Receipts are verified in browsers too, where there is no process to warn.
  globalThis.process?.emitWarning?.(
    `The constraint ${JSON.stringify(label)} of ${where} is signed, but no evaluator enforces it: it protects nothing. ` +
      'Register an evaluator for it, correct the label, or set unknownConstraints to "deny".',
    { type: 'EatpWarning', code: UNENFORCED_CONSTRAINT_WARNING },
  );
}
