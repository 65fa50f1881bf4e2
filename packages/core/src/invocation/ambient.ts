import { AsyncLocalStorage } from 'node:async_hooks';
import { InvocationError } from '../errors/index.js';
import type { Deployment } from '../trust/deployment.js';

/** The invocation in whose asynchronous context the code runs, unless the context was lost. */
interface Ambient {
  readonly deployment: Deployment;
  readonly invocationId: string;
  readonly agentId: string;
}

/**
 * Used only to refuse calls. A timer, a queue or a batcher loses this context or carries that of another run, so
 * nothing may be allowed because of it.
 */
const ambient = new AsyncLocalStorage<Ambient>();

/** How many invocations of a deployment are in progress in this process. */
const inProgress = new WeakMap<Deployment, number>();

/** Runs an agent's code, and remembers that it is being invoked. */
export function runInvoked<T>(invocation: Ambient, work: () => T): T {
  return ambient.run(invocation, work);
}

/** Counts an invocation until it ends. @returns the function that ends the count. */
export function countInvocation(deployment: Deployment): () => void {
  inProgress.set(deployment, (inProgress.get(deployment) ?? 0) + 1);
  return () => void inProgress.set(deployment, (inProgress.get(deployment) ?? 1) - 1);
}

/**
 * Refuses a call through an agent's object that may come from inside an invocation: it would act by the agent's own
 * right, past the delegation, the limits and the person of the invocation.
 *
 * @param isStandalone - whether the caller declares the call separate from the invocations in progress.
 * @throws InvocationError `STANDALONE_REQUIRED`.
 */
export function expectStandalone(
  agent: { readonly id: string; readonly name: string; readonly deployment: Deployment },
  what: string,
  isStandalone: boolean,
): void {
  const around = ambient.getStore();
  if (around) throw InvocationError.standaloneRequired(agent.id, what, around.invocationId);
  if (isStandalone || (inProgress.get(agent.deployment) ?? 0) === 0) return;
  throw InvocationError.standaloneRequired(agent.id, what, undefined);
}

/** @throws InvocationError `CONTEXT_REQUIRED` for a run that is started inside an invocation without naming it. */
export function expectOutside(): void {
  const around = ambient.getStore();
  if (around) throw InvocationError.contextRequired(around.invocationId);
}
