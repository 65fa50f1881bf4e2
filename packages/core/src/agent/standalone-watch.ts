import { ExecutionCancelledError, RevokedError } from '../errors/index.js';
import type { Kernel } from '../operations/kernel.js';
import type { CallControl } from './call-control.js';
import type { RunOptions } from './trusted-agent.js';

/** Stops a call outside a run when its caller cancels it or its agent is revoked. @returns what ends the watch. */
export function standaloneWatch(
  kernel: Kernel,
  agentId: string,
  control: CallControl,
  options: RunOptions,
): () => void {
  const { signal, humanOrigin } = options;
  const cancel = (): void => control.abort(new ExecutionCancelledError(`Agent '${agentId}'`, signal?.reason));
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const unwatch = kernel.store.watch((event) => {
    if (event.type !== 'revoked') return;
    const { kind, subjectId, reason } = event.revocation;
    const concerns =
      (kind === 'agent' && subjectId === agentId) || (kind === 'human' && subjectId === humanOrigin?.humanId);
    if (concerns) control.abort(new RevokedError(`${kind} ${subjectId}`, reason));
  });
  return () => {
    signal?.removeEventListener('abort', cancel);
    unwatch();
  };
}
