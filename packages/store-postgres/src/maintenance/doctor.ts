import {
  type DoctorOptions,
  type DoctorReport,
  doctorSettings,
  examineRecords,
  type StoreFinding,
  type TrustStore,
} from '@kaizen-eatp/core/store';
import type { Client } from 'pg';
import { connect, destroy } from '../connection/connections.js';
import type { Settings } from '../options.js';
import { quoteIdentifier } from '../schema/schema-name.js';
import { rowsOf } from './export-json-lines.js';

/** Looks at everything at one moment, through a connection of its own. */
export async function examine(
  store: TrustStore,
  settings: Settings,
  options: DoctorOptions,
): Promise<DoctorReport> {
  doctorSettings(options);
  const client = await connect(settings, 'upkeep');
  try {
    const findings = await examineServer(client);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await examineRecords(store, rowsOf(client, quoteIdentifier(settings.schema)), options, findings);
  } finally {
    destroy(client);
  }
}

async function examineServer(client: Client): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = [];
  for (const name of ['fsync', 'full_page_writes']) {
    const { rows } = await client.query('SELECT pg_catalog.current_setting($1) AS value', [name]);
    if (rows[0].value === 'on') continue;
    findings.push({
      code: 'STORE_NOT_DURABLE',
      subject: name,
      reason: `${name} is ${rows[0].value}: a crash of the server may lose what was acknowledged`,
      remedy: `Set ${name} to on.`,
    });
  }
  return findings;
}
