import { CapabilityNotHeldError, DelegationError, RevokedError } from '../../errors/index.js';
import type { Deployment } from '../deployment.js';
import type { ReadSet } from '../read-set.js';
import { EXECUTE } from '../verify/capability-match.js';
import { type DelegationPath, judgePath } from '../verify/delegation-path.js';
import { inheritedLabels, mayDo } from '../verify/delegation-rights.js';
import { deny } from '../verify/denial.js';
import type { ParsedChain } from '../verify/parsed-records.js';
import type { BoundDelegation, DelegationTerms } from './delegation-terms.js';

/** @throws DelegationError `DELEGATION_REFUSED` unless the delegation that the delegator acts under is in force. */
export async function pathActedUnder(
  reads: ReadSet,
  { delegatorId, taskId }: DelegationTerms,
  { delegationId, binding }: BoundDelegation,
): Promise<DelegationPath> {
  const judged = judgePath(reads, { delegationId, delegateeId: delegatorId, binding });
  const path = judged instanceof Promise ? await judged : judged;
  const record = 'code' in path ? undefined : path.links[0]?.record;
  const denial =
    'code' in path
      ? path
      : record?.taskId === taskId
        ? undefined
        : deny('DELEGATION_MISMATCH', `delegation ${delegationId} is for task ${record?.taskId}`);
  if (!denial) return path as DelegationPath;
  throw new DelegationError(
    'DELEGATION_REFUSED',
    `Agent '${delegatorId}' cannot delegate in task '${taskId}'`,
    {
      received: `${denial.code} (${denial.reason})`,
      remedy:
        'Pass as `parentDelegationId` a delegation to the delegator that is in force, for the same task and person.',
      evidence: { delegatorId, taskId, denial },
    },
  );
}

/** @throws DelegationError if the delegation would be too deep, or lead back to an agent on its path. */
export function expectLineage(deployment: Deployment, terms: DelegationTerms, path: DelegationPath): void {
  const { delegatorId, delegateeId } = terms;
  const depth = path.links.length + 1;
  const { maxDelegationDepth } = deployment.settings;
  if (depth > maxDelegationDepth) {
    throw new DelegationError(
      'DELEGATION_DEPTH_EXCEEDED',
      `A delegation to '${delegateeId}' would be too deep`,
      {
        expected: `at most ${maxDelegationDepth} delegations, each made under the one before`,
        received: `${depth}`,
        remedy: 'Delegate from an agent nearer to the start, or raise `maxDelegationDepth`.',
        evidence: { delegatorId, delegateeId, depth },
      },
    );
  }
  if (delegateeId === delegatorId || path.delegatorIds.includes(delegateeId)) {
    throw new DelegationError('DELEGATION_CYCLE', `A delegation to '${delegateeId}' would close a cycle`, {
      received: [...path.delegatorIds].reverse().concat(delegatorId, delegateeId).join(' → '),
      remedy: 'Return the result to that agent instead of delegating to it.',
      evidence: { delegatorId, delegateeId },
    });
  }
}

/** @throws CapabilityNotHeldError, DelegationError `DELEGATION_REFUSED` for rights that the delegator cannot give. */
export function expectRights(
  { deployment, now }: ReadSet,
  delegatorId: string,
  delegator: ParsedChain,
  path: DelegationPath,
  capabilities: readonly string[],
): void {
  if (deployment.settings.strictDelegation && capabilities.includes(EXECUTE)) {
    throw new DelegationError(
      'DELEGATION_REFUSED',
      `strictDelegation does not allow delegating '${EXECUTE}'`,
      {
        expected: 'capabilities by name',
        received: `'${EXECUTE}'`,
        remedy: 'Name the capabilities that the delegatee needs; the delegator must hold them.',
        evidence: { delegatorId },
      },
    );
  }
  const unheld = capabilities.find((capability) => !mayDo(now, delegator, path.links, capability));
  if (unheld !== undefined) {
    const held =
      path.links[0]?.record.capabilitiesDelegated ?? delegator.chain.capabilities.map((c) => c.capability);
    throw new CapabilityNotHeldError(delegatorId, unheld, held);
  }
  const labels = inheritedLabels(delegator, path.links[0]);
  const [forbids] = deployment.constraints.evaluateDelegation(labels, now).violations;
  if (forbids) {
    throw new DelegationError('DELEGATION_REFUSED', `Agent '${delegatorId}' is not allowed to delegate`, {
      received: `${forbids.constraint}: ${forbids.reason}`,
      remedy: 'Let an agent without this constraint delegate.',
      evidence: { delegatorId, constraint: forbids.constraint },
    });
  }
}

/** @throws RevokedError if everything that came from the person is revoked. */
export function expectPersonNotRevoked({ deployment }: ReadSet, person: string): void {
  const revoked = deployment.statements.state.revokedPerson(person);
  if (revoked) throw new RevokedError(`person ${person}`, revoked.reason);
}

/** A lasting delegation needs a lasting right: what an agent holds under a delegation ends with that delegation. */
export const lastingUnderDelegation = ({ delegatorId, taskId }: DelegationTerms): DelegationError =>
  new DelegationError(
    'DELEGATION_REFUSED',
    `Agent '${delegatorId}' acts under a delegation, which does not last`,
    {
      expected: 'a lasting delegation by its own right',
      received: `one under a delegation for task '${taskId}'`,
      remedy: 'Omit `parentDelegationId` to delegate by its own right, or omit `lasting`.',
      evidence: { delegatorId, taskId },
    },
  );
