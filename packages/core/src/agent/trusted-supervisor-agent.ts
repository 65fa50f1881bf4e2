import { MissingRoleMethodError } from '../errors/index.js';
import type { TrustedAgentOptions } from './agent-options.js';
import { TrustedAgent } from './trusted-agent.js';

/** A part of a task, as a supervisor hands it out (plan, "Supervisor-Worker Pattern"). */
export interface Subtask {
  readonly input: unknown;
  readonly requiredCapabilities: readonly string[];
  readonly constraints?: readonly string[];
}

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
