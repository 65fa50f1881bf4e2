import { type DenialCode, TrustOperations } from '@kaizen-eatp/core';
import { delegationCodec, timestampToMillis } from '@kaizen-eatp/core/records';
import type { LedgerEntry, TrustStore } from '@kaizen-eatp/core/store';
import type { Pool } from 'pg';
import { LEDGER_ENTRY } from '../reading/rows.js';
import { quoteIdentifier } from '../schema/schema-name.js';

export interface DoctorOptions {
  /** Milliseconds after which an intent without an outcome counts as left by a crash. Default: 60,000. */
  readonly intentAge?: number;
}

/** Something that is not as it should be. */
export interface DoctorFinding {
  readonly code:
    | 'TRAIL_NOT_WHOLE'
    | 'CHAIN_NOT_GOOD'
    | 'DELEGATION_NOT_GOOD'
    | 'ORPHAN_INTENT'
    | 'SERVER_NOT_DURABLE';
  /** The trail, agent, delegation, invocation or setting. */
  readonly subject: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface DoctorReport {
  readonly healthy: boolean;
  readonly findings: readonly DoctorFinding[];
  readonly checked: {
    readonly chains: number;
    readonly delegations: number;
    readonly trails: number;
    readonly anchors: number;
  };
}

/** What a check may say of a record that is as it was signed. */
const NO_FAULT: ReadonlySet<DenialCode> = new Set<DenialCode>([
  'REVOKED',
  'EXPIRED',
  'CAPABILITY_NOT_HELD',
  'CONSTRAINT_VIOLATED',
  'CONSTRAINT_UNKNOWN',
  'DELEGATION_EXPIRED',
  'DELEGATION_SCOPE',
  'DELEGATION_NOT_IN_FORCE',
  'DELEGATOR_NOT_TRUSTED',
]);

const PAGE = 500;

/** Reads everything with the eyes of somebody who believes none of it. Writes nothing. */
export async function examine(
  store: TrustStore,
  pool: Pool,
  schema: string,
  { intentAge = 60_000 }: DoctorOptions,
): Promise<DoctorReport> {
  const s = quoteIdentifier(schema);
  const trust = new TrustOperations({ store });
  const findings: DoctorFinding[] = [];
  const checked = { chains: 0, delegations: 0, trails: 0, anchors: 0 };

  for (const name of ['fsync', 'full_page_writes']) {
    const { rows } = await pool.query('SELECT pg_catalog.current_setting($1) AS value', [name]);
    if (rows[0].value === 'on') continue;
    const reason = `${name} is ${rows[0].value}: a crash of the server may lose what was acknowledged`;
    findings.push({ code: 'SERVER_NOT_DURABLE', subject: name, reason, remedy: `Set ${name} to on.` });
  }

  for (let after = ''; ; ) {
    const page = await store.listChains({ afterAgentId: after, limit: PAGE });
    for (const { agentId, active } of page) {
      checked.chains += 1;
      if (!active) continue;
      const { denial } = await trust.verify({ agentId, action: 'execute', level: 'full' });
      if (!denial || NO_FAULT.has(denial.code)) continue;
      const remedy = 'Restore the chain from a good copy, or revoke the agent and establish it anew.';
      findings.push({ code: 'CHAIN_NOT_GOOD', subject: agentId, reason: denial.reason, remedy });
    }
    if (page.length < PAGE) break;
    after = page.at(-1)?.agentId ?? '';
  }

  for (let after = ''; ; ) {
    const { rows } = await pool.query<LedgerEntry>(
      `SELECT ${LEDGER_ENTRY} FROM ${s}.delegations WHERE delegation_id > $1 ORDER BY delegation_id LIMIT $2`,
      [after, PAGE],
    );
    for (const entry of rows) {
      checked.delegations += 1;
      const reason = recordDiffers(entry) ?? (await isNotAsSigned(trust, entry));
      if (reason === undefined) continue;
      const remedy = 'It gives no right. Find out who wrote it, then revoke it.';
      findings.push({ code: 'DELEGATION_NOT_GOOD', subject: entry.delegationId, reason, remedy });
    }
    if (rows.length < PAGE) break;
    after = rows.at(-1)?.delegationId ?? '';
  }

  for (let after = ''; ; ) {
    const { rows } = await pool.query<{ id: string | null }>(
      `SELECT pg_catalog.min(trail_id) AS id FROM ${s}.trail WHERE trail_id > $1`,
      [after],
    );
    const trailId = rows[0]?.id;
    if (trailId === null || trailId === undefined) break;
    after = trailId;
    const { entries, problems } = await trust.verifyTrail(trailId);
    checked.trails += 1;
    checked.anchors += entries;
    for (const { code, reason } of problems) {
      const remedy =
        'What the trail says from this entry on is not proven. Compare it with a copy or a receipt.';
      findings.push({ code: 'TRAIL_NOT_WHOLE', subject: trailId, reason: `${code}: ${reason}`, remedy });
    }
  }

  for (const { invocationId, openedAt, agentId, action } of await store.openIntents()) {
    if (Date.now() - timestampToMillis(openedAt) < intentAge) continue;
    const reason = `${agentId} was about to '${action}' at ${openedAt}, and no outcome was recorded`;
    const remedy = 'Call recover() of TrustOperations, which closes it as partial.';
    findings.push({ code: 'ORPHAN_INTENT', subject: invocationId, reason, remedy });
  }
  return { healthy: findings.length === 0, findings, checked };
}

/** Whether the columns say what the record says; queries go by the columns. */
function recordDiffers(entry: LedgerEntry): string | undefined {
  try {
    const record = delegationCodec.decodeText(entry.text);
    const isSame =
      record.id === entry.delegationId &&
      (record.taskId ?? '') === entry.taskId &&
      record.delegatorId === entry.delegatorId &&
      record.delegateeId === entry.delegateeId &&
      (record.parentDelegationId ?? null) === entry.parentDelegationId;
    return isSame ? undefined : 'the ledger says something else than the record';
  } catch (error) {
    return `it is no delegation: ${(error as Error).message}`;
  }
}

async function isNotAsSigned(trust: TrustOperations, entry: LedgerEntry): Promise<string | undefined> {
  if (entry.status !== 'in_force') return undefined;
  const { denial } = await trust.verify({
    agentId: entry.delegateeId,
    action: 'execute',
    delegationId: entry.delegationId,
    level: 'full',
  });
  return denial && !NO_FAULT.has(denial.code) ? denial.reason : undefined;
}
