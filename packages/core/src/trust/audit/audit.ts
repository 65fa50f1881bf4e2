import type { AuditAnchor, HumanOrigin } from '../../chain/index.js';
import { parseOptions } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { expectSigningChain } from '../issue/signing-gate.js';
import { humanOriginField } from '../request-fields.js';
import { type AuditRequest, parseAuditRequest } from './audit-request.js';
import { SharedTrail } from './shared-trail.js';

/** Records an action outside a run, signed by the authority of the agent's chain. */
export async function audit(deployment: Deployment, given: AuditRequest): Promise<AuditAnchor> {
  const { context = {}, ...request } = parseAuditRequest(given);
  await expectSigningChain(deployment, request.agentId);
  return new SharedTrail(deployment).append({ ...request, context });
}

/**
 * Returns a person as read once; undefined for none.
 *
 * @throws InvalidArgumentError.
 */
export const expectHumanOrigin = (given: HumanOrigin | undefined): HumanOrigin | undefined =>
  given === undefined ? undefined : parseOptions(humanOriginField, given, '`humanOrigin`');
