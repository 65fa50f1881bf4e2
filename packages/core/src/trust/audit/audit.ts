import type { AuditAnchor } from '../../chain/index.js';
import { redact } from '../../secrets/redaction.js';
import { turnOfEventLoop } from '../../wire/event-loop.js';
import type { JsonObject } from '../../wire/index.js';
import type { Deployment } from '../deployment.js';
import { expectSigningChain } from '../issue/signing-gate.js';
import { disclosureOf, personContext, personOf } from '../persons.js';
import { type AuditRequest, parseAuditRequest } from './audit-request.js';
import { SharedTrail } from './shared-trail.js';

/** Records an action outside a run, signed by the authority of the agent's chain. */
export async function audit(deployment: Deployment, given: AuditRequest): Promise<AuditAnchor> {
  const { context = {}, humanOrigin, ...request } = parseAuditRequest(given);
  const turn = turnOfEventLoop();
  if (turn) await turn;
  await expectSigningChain(deployment, request.agentId);
  const person = humanOrigin && (await personOf(deployment, humanOrigin));
  return new SharedTrail(deployment).append(
    {
      ...request,
      context: { ...(redact(context) as JsonObject), ...(person && { person: personContext(person) }) },
    },
    { with: disclosureOf(person) },
  );
}
