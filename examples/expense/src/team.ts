import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PythonAgents, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { FileKeyManager, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PYTHON = process.env.KAIZEN_PYTHON ?? fileOf('../../../.venv/bin/python');

/** The files that all processes of the example share. */
export interface Place {
  /** The folder of the store and the keys. */
  readonly folder: string;
  /** The authority that vouches for the agents. */
  readonly authorityId: string;
  /** The seed of the Python agent's key, so that it is the same agent in each worker. */
  readonly auditorKey: string;
}

/** Opens the store and the keys. */
export async function openTrust(
  folder: string,
): Promise<{ store: SqliteTrustStore; trust: TrustOperations }> {
  const store = await SqliteTrustStore.open({ path: join(folder, 'trust.db') });
  const keyManager = new FileKeyManager(join(folder, 'keys'), 'a passphrase for the example');
  return { store, trust: new TrustOperations({ store, keyManager }) };
}

/** The clerk, in TypeScript. It pays once under each idempotency key. */
export function makeClerk(trust: TrustOperations): TrustedAgent {
  return new TrustedAgent({
    name: 'clerk',
    trust,
    agent: ({ total }: { readonly total: number }) => total,
    interrupted: 'retry',
  });
}

/** The auditor, in Python. */
export function spawnAuditor(
  trust: TrustOperations,
  { authorityId, auditorKey }: Place,
): Promise<PythonAgents> {
  return spawnPythonAgents({
    trust,
    authorityId,
    module: fileOf('../python/auditor.py'),
    agents: { auditor: { attribute: 'audit', capabilities: ['audit'] } },
    keys: { auditor: auditorKey },
    python: PYTHON,
    onLog: () => undefined,
  });
}
