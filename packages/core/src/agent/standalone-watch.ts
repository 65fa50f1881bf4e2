import { ExecutionCancelledError, RevokedError } from '../errors/index.js';
import type { Kernel } from '../operations/kernel.js';
import { stillAllowed } from '../operations/still-allowed.js';
import type { VerificationRequest } from '../operations/verification.js';
import type { CallControl } from './call-control.js';
import type { RunOptions } from './trusted-agent.js';

/**
 * Stops a call outside a run when its caller cancels it, or when authority behind it is withdrawn.
 *
 * @returns what ends the watch.
 */
export function standaloneWatch(
  kernel: Kernel,
  request: VerificationRequest,
  control: CallControl,
  { signal, humanOrigin }: RunOptions,
): () => void {
  const cancel = (): void =>
    control.abort(new ExecutionCancelledError(`Agent '${request.agentId}'`, signal?.reason));
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const unwatch = kernel.store.watch((event) => {
    if (event.type === 'revoked') {
      const { kind, subjectId, reason } = event.revocation;
      const isConcerned =
        (kind === 'agent' && subjectId === request.agentId) ||
        (kind === 'human' && subjectId === humanOrigin?.humanId);
      if (isConcerned) return control.abort(new RevokedError(`${kind} ${subjectId}`, reason));
    }
    void stillAllowed(kernel, request).then((withdrawn) => {
      if (withdrawn) control.abort(new RevokedError(`agent ${request.agentId}`, withdrawn.reason));
    });
  });
  return () => {
    signal?.removeEventListener('abort', cancel);
    unwatch();
  };
}
