import { ExecutionCancelledError, RevokedError } from '../errors/index.js';
import type { CallControl } from '../invocation/call-control.js';
import type { Deployment } from '../trust/deployment.js';
import { stillAllowed } from '../trust/verify/authority-withdrawn.js';
import type { VerificationRequest } from '../trust/verify/types.js';
import type { RunOptions } from './trusted-agent.js';

/**
 * Stops a call outside a run when its caller cancels it, or when authority behind it is withdrawn.
 *
 * @returns what ends the watch.
 */
export function standaloneWatch(
  deployment: Deployment,
  request: VerificationRequest,
  control: CallControl,
  { signal, humanOrigin }: RunOptions,
): () => void {
  const cancel = (): void =>
    control.abort(new ExecutionCancelledError(`Agent '${request.agentId}'`, signal?.reason));
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const unwatch = deployment.store.watch((event) => {
    if (event.type === 'revoked') {
      const { kind, subjectId, reason } = event.revocation;
      const isConcerned =
        (kind === 'agent' && subjectId === request.agentId) ||
        (kind === 'person' && subjectId === humanOrigin?.humanId);
      if (isConcerned) return control.abort(new RevokedError(`${kind} ${subjectId}`, reason));
    }
    void stillAllowed(deployment, request).then((withdrawn) => {
      if (withdrawn) control.abort(new RevokedError(`agent ${request.agentId}`, withdrawn.reason));
    });
  });
  return () => {
    signal?.removeEventListener('abort', cancel);
    unwatch();
  };
}
