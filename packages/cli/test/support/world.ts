import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';

/** The passphrase of the keys of every test. */
export const PASSPHRASE = 'correct horse battery staple';

/** A folder under the system's temporary folder that holds a deployment, and the environment that names it. */
export interface World {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  path(...parts: string[]): string;
  remove(): void;
}

/** Makes an empty folder for a deployment. @param store - the store; default: a SQLite file in the folder. */
export function makeWorld(store?: string, schema?: string): World {
  const folder = mkdtempSync(join(tmpdir(), 'kaizen-eatp-cli-'));
  const passphrase = join(folder, 'passphrase');
  writeFileSync(passphrase, `${PASSPHRASE}\n`, { mode: 0o600 });
  return {
    folder,
    env: {
      HOME: folder,
      KAIZEN_EATP_STORE: store ?? `dir:${join(folder, 'eatp')}`,
      KAIZEN_EATP_SCHEMA: schema,
      KAIZEN_EATP_KEYS: join(folder, 'eatp', 'keys'),
      KAIZEN_EATP_PASSPHRASE_FILE: passphrase,
    },
    path: (...parts) => join(folder, ...parts),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs two agents, of which the second is denied a payment, and returns the receipt and the ids. */
export async function runAgents(
  world: World,
  store: TrustStore,
  authorityId: string,
  { payment = false } = {},
) {
  const keyManager = new FileKeyManager(world.path('eatp', 'keys'), PASSPHRASE);
  const trust = new TrustOperations({ store, keyManager });
  const analyst = new TrustedAgent({
    name: 'analyst',
    trust,
    agent: (n: number, { reportUsage }) => {
      reportUsage({ tokens: 812, cost: 0.004 });
      return n * 2;
    },
  });
  await analyst.establishTrust({ authorityId, capabilities: ['analyze'], constraints: ['read_only'] });
  const clerk = new TrustedAgent({
    name: 'clerk',
    trust,
    agent: async (n: number, context) => {
      await context.callTool('pay', { amount: n }).catch(() => undefined);
      return `The result is ${n}.`;
    },
    tools: { pay: { run: () => 'paid', effects: 'write' } },
  });
  await clerk.establishTrust({ authorityId, capabilities: ['report', 'pay'] });
  const runtime = new TrustAwareOrchestrationRuntime({
    agents: { analyst, clerk },
    trust,
    patterns: [sequential],
  });
  const run = await runtime.execute(21, { pattern: 'sequential', taskId: 'report-001' });
  // By its own right, without the limits of the analyst, the clerk can pay.
  if (payment) await runtime.execute(5, { pattern: 'sequential', taskId: 'pay-001', agents: ['clerk'] });
  const receipt = await run.receipt();
  writeFileSync(world.path('receipt.json'), receipt.text);
  return { runId: receipt.runId, receipt };
}
