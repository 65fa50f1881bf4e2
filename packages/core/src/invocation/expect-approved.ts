import { DurableRunError } from '../errors/index.js';
import type { Work } from './session-options.js';

/** An agent that requires approval acts only after it. @throws DurableRunError `DURABLE_RUN_REQUIRED`. */
export function expectApproved({ actor, by, isApproved }: Work, runId: string | null): void {
  if (!actor.requiresApproval || 'tool' in by || isApproved) return;
  throw DurableRunError.required(
    runId === null ? 'a call outside runs' : `a call in run ${runId} without approval`,
    `invoke agent '${actor.name}', which requires an approval`,
  );
}
