import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteTrustStore, type SqliteTrustStoreOptions } from '@kaizen-eatp/store-sqlite';
import { onTestFinished } from 'vitest';

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a database that does not exist yet, in a folder that is gone when the test is over. */
export const temporaryPath = (): string => join(temporaryFolder(), 'trust.db');

/** A store over a file; closed when the test is over. */
export async function openStore(
  path: string = temporaryPath(),
  options: Omit<SqliteTrustStoreOptions, 'path'> = {},
): Promise<SqliteTrustStore> {
  const store = await SqliteTrustStore.open({ ...options, path });
  onTestFinished(() => store.close());
  return store;
}
