import { MissingRoleMethodError } from '../errors/index.js';
import type { TrustedAgentOptions } from './agent-options.js';
import { TrustedAgent } from './trusted-agent.js';

/** A part of a task, as a supervisor gives it to a worker. */
export interface Subtask {
  /** The input of the worker that gets this part. */
  readonly input: unknown;
  /** The capabilities that the worker needs. They are also the ones that are delegated to it. */
  readonly requiredCapabilities: readonly string[];
  /** Constraint labels that are added to the delegation of this part. Default: none. */
  readonly constraints?: readonly string[];
}

/** The names of the methods by which an agent is recognised as a supervisor. */
export const SUPERVISOR_METHODS = ['decomposeTask', 'aggregateResults'] as const;

/**
 * A trusted agent that splits tasks and merges results. Patterns choose it as their supervisor.
 *
 * @throws MissingRoleMethodError unless its `agent` has `decomposeTask` and `aggregateResults`.
 */
export class TrustedSupervisorAgent extends TrustedAgent {
  constructor(options: TrustedAgentOptions) {
    super(options);
    const missing = SUPERVISOR_METHODS.filter((method) => !this.methods.includes(method));
    if (missing.length > 0) throw new MissingRoleMethodError(this.name, missing, this.methods);
  }
}
