import { TrustAwareOrchestrationRuntime, TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import type { DurableRun } from '@kaizen-eatp/core/durable';

/** Attaches to a durable run, to watch and control it. The run need not exist. @throws InvalidArgumentError for the id. */
export function durableRun(trust: TrustOperations, runId: string): DurableRun {
  // A runtime needs an agent. This one takes part in nothing: the run is only watched and controlled.
  const operator = new TrustedAgent({ name: 'operator', trust, agent: () => undefined });
  return new TrustAwareOrchestrationRuntime({ agents: { operator }, trust, patterns: [] }).attach(runId);
}
