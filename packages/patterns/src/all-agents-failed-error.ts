import { EatpError } from '@kaizen-eatp/core';
import type { Failure } from './failure.js';

declare module '@kaizen-eatp/core/errors' {
  interface ErrorCodeMap {
    ALL_AGENTS_FAILED: AllAgentsFailedError;
  }
}

/**
 * None of the agents that a pattern asked gave a result. Code `ALL_AGENTS_FAILED`; `failures` has the reason of each, and
 * `cause` is the error of the first. The trail records each failure.
 */
export class AllAgentsFailedError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/patterns:AllAgentsFailedError';

  /** @param what - names one agent's part, for instance `expert`. */
  constructor(what: string, failures: readonly Failure[], cause?: unknown) {
    const shown = failures.slice(0, 5).map(({ agent, code }) => `${agent ?? 'no agent'} (${code})`);
    const more = failures.length > shown.length ? `; and ${failures.length - shown.length} more` : '';
    super('ALL_AGENTS_FAILED', `Every ${what} failed`, {
      expected: 'at least one result',
      received: `${shown.join('; ')}${more}`,
      remedy: 'See `failures` for the reason of each. The trail records them all.',
      evidence: { failures },
      cause,
    });
  }

  /** Why each agent failed. */
  get failures(): readonly Failure[] {
    return this.evidence.failures as readonly Failure[];
  }
}
