import { setTimeout as sleep } from 'node:timers/promises';
import {
  EatpError,
  isEatpError,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import type { TrailHead } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { entryAfter, expectLinked } from './records.ts';
import { EmbeddedServer } from './server/embedded-server.ts';

// A server of its own, since it is killed.
let server: EmbeddedServer;
beforeAll(async () => {
  server = await EmbeddedServer.start();
});
afterAll(() => server.stop());

const WRITERS = 16;
const RUNNERS = 4;
const KILLS = 3;

it('loses nothing that it acknowledged when the server is killed under load', {
  timeout: 60_000,
}, async () => {
  const store = await PostgresTrustStore.open({ connectionString: server.url });
  const acknowledged = { runs: new Map<string, number>(), anchors: new Set<string>() };
  const errors: unknown[] = [];
  let isOver = false;

  const writer = async (n: number): Promise<void> => {
    for (let run = 0; !isOver; run++) {
      const trailId = `run-${n}-${run}`;
      let head: TrailHead | undefined;
      try {
        for (let i = 0; i < 20; i++) {
          const entry = entryAfter(trailId, head, `aud-${n}-${run}-${i}`);
          await store.commit([
            { op: 'append_anchor', entry },
            { op: 'append_anchor', entry: { ...entry, trailId: `also-${trailId}` } },
          ]);
          acknowledged.anchors.add(entry.anchorId);
          acknowledged.runs.set(trailId, entry.sequence);
          head = entry;
        }
      } catch (error) {
        errors.push(error);
        await sleep(20);
      }
    }
  };
  const { trust, runtime } = await working(store);
  const succeeded = new Map<string, number>();
  const runner = async (): Promise<void> => {
    while (!isOver) {
      try {
        const { runId, auditTrail } = await runtime.execute('x', { pattern: 'sequential' });
        succeeded.set(runId, auditTrail.length);
      } catch (error) {
        errors.push(error);
        await sleep(20);
      }
    }
  };
  const writers = [
    ...Array.from({ length: WRITERS }, (_, n) => writer(n)),
    ...Array.from({ length: RUNNERS }, runner),
  ];
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.anchors.size;
    await expect.poll(() => acknowledged.anchors.size, { timeout: 10_000 }).toBeGreaterThan(before + 200);
    server.kill();
    await sleep(100);
    await server.restart();
  }
  const before = acknowledged.anchors.size;
  await expect.poll(() => acknowledged.anchors.size, { timeout: 10_000 }).toBeGreaterThan(before + 200);
  isOver = true;
  await Promise.all(writers);

  expect(errors.length).toBeGreaterThanOrEqual(KILLS * (WRITERS + RUNNERS));
  // A run whose agent had acted says so, and a right that could not be looked up is denied; everything else says what
  // became of its write.
  const others = errors.filter(
    (error) =>
      !isEatpError(error, 'OUTCOME_NOT_RECORDED') &&
      !(isEatpError(error, 'VERIFICATION_DENIED') && error.denial.code === 'VERIFIER_FAILED'),
  );
  expect(others.length).toBeGreaterThanOrEqual(KILLS * WRITERS);
  for (const error of others) {
    expect(error).toBeInstanceOf(EatpError);
    expect(error).toMatchObject({ code: 'STORE_FAILED', evidence: { retryable: true } });
    // Whether a commit is in progress when the server is killed is chance; failures.test.ts has one that surely is.
    expect(['nothing_written', 'unknown']).toContain((error as EatpError).evidence.outcome);
  }

  const stored = new Set<string>();
  for (const [trailId, sequence] of acknowledged.runs) {
    const trail = await store.readTrail(trailId);
    expectLinked(trail);
    expect(trail.length).toBeGreaterThanOrEqual(sequence);
    // A write that was not acknowledged is there with its whole batch or not at all.
    const twin = trail.map((entry) => ({ ...entry, trailId: `also-${trailId}` }));
    expect(await store.readTrail(`also-${trailId}`)).toEqual(twin);
    for (const { anchorId } of trail) stored.add(anchorId);
  }
  expect([...acknowledged.anchors].filter((anchorId) => !stored.has(anchorId))).toEqual([]);
  expect(succeeded.size).toBeGreaterThan(KILLS * RUNNERS);
  for (const [runId, length] of succeeded) {
    expect(await store.readTrail(runId)).toHaveLength(length);
    expect(await trust.verifyTrail(runId)).toMatchObject({ problems: [] });
  }
  await store.close();
});

async function working(store: PostgresTrustStore) {
  const trust = new TrustOperations({ store });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const agents: Record<string, TrustedAgent> = {};
  for (const name of ['alice', 'bob']) {
    agents[name] = new TrustedAgent({ name, trust, agent: (input: unknown) => input });
    await agents[name].establishTrust({ authorityId, capabilities: ['work'] });
  }
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential] });
  return { trust, runtime };
}
