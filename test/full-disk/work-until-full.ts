import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EatpError,
  type InvocationContext,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';

/** The results of runs over a store whose disk fills up and then gets room again. */
export interface Filled {
  /** How the first run that failed did, and the others until there was room. */
  readonly failures: readonly Pick<EatpError, 'code' | 'message' | 'evidence'>[];
  readonly acts: number;
  /** The acts that have neither intent nor outcome. */
  readonly unrecorded: readonly string[];
  /** Runs that were reported as success, and of which not all is stored. */
  readonly incomplete: readonly string[];
  readonly succeeded: number;
  readonly succeededAfterwards: number;
  /** Trails that do not verify at the end. */
  readonly invalid: readonly string[];
}

const TRIES_WHEN_FULL = 20;
const ROOM = 2_000_000;

/**
 * Works over a store on a disk of which a file takes all but a little room; once it is full the file is removed.
 *
 * @param folder - on the disk.
 * @param isBack - resolves when the store is to work again.
 */
export async function workUntilFull(
  store: TrustStore,
  folder: string,
  isBack: () => Promise<unknown> = async () => undefined,
): Promise<Filled> {
  const trust = new TrustOperations({ store });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const acts: string[] = [];
  const agents: Record<string, TrustedAgent> = {};
  for (const name of ['alice', 'bob']) {
    const act = async (input: unknown, { invocationId }: InvocationContext): Promise<unknown> => {
      acts.push(invocationId);
      return input;
    };
    agents[name] = new TrustedAgent({ name, trust, agent: { run: act } });
    await agents[name].establishTrust({ authorityId, capabilities: ['work'] });
  }
  const ballast = join(folder, 'ballast');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - ROOM));
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential] });
  const lengths = new Map<string, number>();
  const failures: Filled['failures'][number][] = [];
  const runs: string[] = [];
  const attempt = async (): Promise<boolean> => {
    const runId = `run-${runs.length}`;
    runs.push(runId);
    try {
      const { auditTrail } = await runtime.execute('x'.repeat(1_000), { pattern: 'sequential', runId });
      lengths.set(runId, auditTrail.length);
      return true;
    } catch (error) {
      const { code, message, evidence } = error as EatpError;
      failures.push({ code, message, evidence });
      return false;
    }
  };
  while (await attempt());
  const succeeded = lengths.size;
  for (let i = 0; i < TRIES_WHEN_FULL; i++) await attempt();
  // A server that restarts may find room for one more by clearing up.
  const untilRoom = lengths.size;

  rmSync(ballast);
  await isBack();
  for (let i = 0; i < 5; i++) await attempt();

  const incomplete: string[] = [];
  const invalid: string[] = [];
  const recorded = new Set((await store.openIntents()).map(({ invocationId }) => invocationId));
  for (const runId of runs) {
    const trail = await store.readTrail(runId);
    if (trail.length !== (lengths.get(runId) ?? trail.length)) incomplete.push(runId);
    if ((await trust.verifyTrail(runId)).problems.length > 0) invalid.push(runId);
    for (const { text } of trail)
      recorded.add((JSON.parse(text) as { context: { invocation_id: string } }).context.invocation_id);
  }
  return {
    failures,
    acts: acts.length,
    unrecorded: acts.filter((act) => !recorded.has(act)),
    incomplete,
    succeeded,
    succeededAfterwards: lengths.size - untilRoom,
    invalid,
  };
}
