import { EatpError } from './eatp-error.js';

declare module './error-code-map.js' {
  interface ErrorCodeMap {
    /** A workflow cannot be built. `problems` lists everything that is wrong. */
    WORKFLOW_INVALID: WorkflowValidationError;
  }
}

/** The kinds of problems that a workflow can have. The union is closed, so that a caller can switch over it. */
export type WorkflowProblemKind =
  | 'EMPTY'
  | 'DUPLICATE_AGENT'
  | 'DUPLICATE_CONNECTION'
  | 'UNKNOWN_AGENT'
  | 'CYCLE'
  | 'SEVERAL_ROOTS'
  | 'NOT_TRUSTED'
  | 'MISSING_CAPABILITY'
  | 'CAPABILITY_NOT_HELD'
  | 'EXECUTE_FORBIDDEN'
  | 'CONNECTIONS_DISAGREE'
  | 'CONNECTION_UNNAMED'
  | 'TOO_DEEP';

/** One thing that is wrong with a workflow. */
export interface WorkflowProblem {
  /** The kind of problem. */
  readonly kind: WorkflowProblemKind;
  /** The problem and its remedy, for people. */
  readonly message: string;
  /** The names of the agents concerned. */
  readonly agents: readonly string[];
  /** The capability concerned, if the problem is about one. */
  readonly capability?: string;
}

const MAX_SHOWN = 30;

/** A workflow cannot be built. Code `WORKFLOW_INVALID`; `problems` lists everything that is wrong with it. */
export class WorkflowValidationError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:WorkflowValidationError';

  constructor(problems: readonly WorkflowProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const shown = problems.slice(0, MAX_SHOWN).map((problem, i) => `\n  ${i + 1}. ${problem.message}`);
    if (problems.length > shown.length) shown.push(`\n  … and ${problems.length - shown.length} more`);
    super('WORKFLOW_INVALID', `The workflow has ${count}`, {
      received: shown.join(''),
      remedy: 'Correct them all and build it again.',
      evidence: { problems },
    });
  }

  /** Everything that is wrong with the workflow. */
  get problems(): readonly WorkflowProblem[] {
    return this.evidence.problems as readonly WorkflowProblem[];
  }
}
