import type { LabelProblem } from '../../constraints/index.js';
import { warnUnenforced } from '../../constraints/warn-unenforced.js';
import { InvalidArgumentError } from '../../errors/index.js';
import type { Deployment } from '../deployment.js';

/** @throws InvalidArgumentError for a label that cannot be enforced as written, alone or together with the others. */
export function expectEnforceable(deployment: Deployment, labels: readonly string[]): void {
  const problem = deployment.constraints.findProblem(labels);
  if (problem) refuseLabel(problem);
}

/** @throws InvalidArgumentError, always. */
export function refuseLabel({ label, reason }: LabelProblem): never {
  throw new InvalidArgumentError(`Constraint '${label}' cannot be enforced as it is written`, {
    expected: 'a label that its evaluator can enforce',
    received: reason,
    remedy: 'Correct the label.',
    evidence: { label, reason },
  });
}

/** Warns about each label of an agent that no evaluator enforces, once for each label in a process. */
export function warnOfUnenforced(deployment: Deployment, agentId: string, labels: readonly string[]): void {
  for (const label of deployment.constraints.findUnenforced(labels))
    warnUnenforced(label, `agent '${agentId}'`);
}
