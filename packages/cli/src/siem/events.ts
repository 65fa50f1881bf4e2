import type { ActionResult, AuditAnchor } from '@kaizen-eatp/core';
import { timestampToMillis } from '@kaizen-eatp/core/records';

/** The vendor, product and version that the Python reference's events name. */
const DEVICE = { vendor: 'Terrene Foundation', product: 'EATP', version: '1.0' } as const;

/** The severity of CEF, from 0 to 10. */
const SEVERITY: Readonly<Record<ActionResult, number>> = { success: 1, failure: 5, denied: 8, partial: 3 };

/** The severity of OCSF for each severity of CEF. */
const OCSF_SEVERITY = [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5] as const;

const OCSF_STATUS: Readonly<Record<ActionResult, number>> = {
  success: 1,
  failure: 2,
  denied: 2,
  partial: 99,
};

/**
 * Returns a record as a line of the Common Event Format, with the field names of the Python reference. The event's id
 * is the id of the record.
 */
export function toCef(anchor: AuditAnchor, authorityId: string | undefined): string {
  const extensions: [name: string, value: string | number | null | undefined][] = [
    ['externalId', anchor.id],
    ['duser', anchor.agentId],
    ['rt', timestampToMillis(anchor.timestamp)],
    ['outcome', anchor.result.toUpperCase()],
    ['suser', authorityId],
    ['act', anchor.action],
    ['cs1', anchor.resource],
    ['cs1Label', anchor.resource === null || anchor.resource === undefined ? null : 'resource'],
    ['cs2', anchor.trustChainHash],
    ['cs2Label', 'chainHash'],
  ];
  const text = extensions
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${escaped(String(value))}`)
    .join(' ');
  const { vendor, product, version } = DEVICE;
  return `CEF:0|${vendor}|${product}|${version}|AUDIT|EATP AUDIT Action|${SEVERITY[anchor.result]}|${text}`;
}

const escaped = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('=', '\\=')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');

/**
 * Returns a record as an event of the Open Cybersecurity Schema Framework, with the field names of the Python
 * reference. The event's id is the id of the record.
 */
export function toOcsf(anchor: AuditAnchor, authorityId: string | undefined): object {
  const { id, agentId, result, action, resource, trustChainHash, context } = anchor;
  const hasContext = context && Object.keys(context).length > 0;
  return {
    class_uid: 3002,
    category_uid: 3,
    activity_id: 4,
    activity_name: 'EATP AUDIT Action',
    severity_id: OCSF_SEVERITY[SEVERITY[result]],
    time: timestampToMillis(anchor.timestamp),
    uid: id,
    status: result.toUpperCase(),
    status_id: OCSF_STATUS[result],
    actor: {
      user: { uid: agentId, type: 'Agent' },
      ...(authorityId !== undefined && { authorizations: [{ uid: authorityId, type: 'Authority' }] }),
    },
    metadata: {
      product: { vendor_name: DEVICE.vendor, name: DEVICE.product, version: DEVICE.version },
      version: '1.1.0',
    },
    unmapped: {
      action,
      ...(resource !== null && resource !== undefined && { resource }),
      chain_hash: trustChainHash,
      ...(hasContext && { event_metadata: { context } }),
    },
  };
}
