import { DurableRunError } from '../errors/index.js';
import type { Work } from './session-options.js';

/** An agent or tool that requires approval acts only after it. @throws DurableRunError `DURABLE_RUN_REQUIRED`. */
export function expectApproved({ actor, by, approvedBy }: Work, runId: string | null): void {
  const isTool = 'tool' in by;
  if (!(isTool ? by.tool : actor).requiresApproval || approvedBy) return;
  const what = isTool ? `use tool '${by.tool.name}' of agent` : 'invoke agent';
  throw DurableRunError.required(
    runId === null ? 'a call outside runs' : `a call in run ${runId} without approval`,
    `${what} '${actor.name}', which requires an approval`,
  );
}
