import {
  type DoctorOptions,
  type DoctorReport,
  doctorSettings,
  examineRecords,
  storeFinding,
  type TrustStore,
} from '@kaizen-eatp/core/store';
import type { DatabaseFile } from '../connection/database-file.js';
import { rowsOf } from './export-json-lines.js';

/** Looks at everything at one moment, through a connection of its own and with pauses for other work. */
export async function examine(
  store: TrustStore,
  file: DatabaseFile,
  options: DoctorOptions,
): Promise<DoctorReport> {
  doctorSettings(options);
  const db = file.another({ readonly: true });
  try {
    db.exec('BEGIN');
    const damage = db.prepare<[], string>('PRAGMA quick_check(20)').pluck().all();
    const findings = damage
      .filter((line) => line !== 'ok')
      .map((line) => storeFinding('STORE_DAMAGED', file.path, String(line)));
    return await examineRecords(store, rowsOf(db), options, findings);
  } finally {
    db.close();
  }
}
