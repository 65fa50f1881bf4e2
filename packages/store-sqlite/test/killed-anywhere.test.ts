import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TrailEntry, TrustOperations } from '@kaizen-eatp/core';
import type { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openStore, temporaryFolder } from './support/places.js';
import { Child } from './support/processes.js';

const KILLS = Number(process.env.EATP_KILLS ?? 40);
const LINES = 2;

interface Line {
  readonly did?: string;
  readonly succeeded?: string;
  readonly anchors?: number;
}

const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    // The last line may have been cut off by the kill.
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

/** The invocations that a trail says something of. */
const recordedIn = (entries: readonly TrailEntry[]): Set<unknown> =>
  new Set(
    entries.map(
      ({ text }) => (JSON.parse(text) as { context: Record<string, unknown> }).context.invocation_id,
    ),
  );

function trailsOf(path: string): string[] {
  const db = new Database(path, { readonly: true });
  const ids = db.prepare('SELECT DISTINCT trail_id FROM eatp_trail').pluck().all() as string[];
  db.close();
  return ids;
}

/** Starts a process and kills it after a while. @returns whether it had begun to work. */
async function runAndKill(path: string, log: string, name: string, after: number): Promise<void> {
  const child = new Child('run-until-killed', [path, log, name]);
  expect(await child.next()).toBe('running');
  await new Promise((resolve) => setTimeout(resolve, after));
  child.kill();
  expect((await child.ended).signal).toBe('SIGKILL');
}

async function expectAccounted(store: SqliteTrustStore, lines: readonly Line[]): Promise<void> {
  const open = new Set((await store.openIntents()).map((intent) => intent.invocationId));
  const trails = new Map<string, readonly TrailEntry[]>();
  const trailOf = async (runId: string): Promise<readonly TrailEntry[]> => {
    const trail = trails.get(runId) ?? (await store.readTrail(runId));
    trails.set(runId, trail);
    return trail;
  };
  for (const { did, succeeded, anchors } of lines) {
    if (did !== undefined) {
      const isRecorded = open.has(did) || recordedIn(await trailOf(did.replace(/\/\d+$/, ''))).has(did);
      expect(isRecorded, `${did} was done, and nothing says so`).toBe(true);
    }
    if (succeeded !== undefined) {
      expect((await trailOf(succeeded)).length, `${succeeded} was reported as success`).toBe(anchors);
    }
  }
}

it(`leaves valid trails, and an intent for whatever was done, when it is killed ${KILLS} times anywhere`, async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'trust.db');
  const store = openStore(path);
  const logs = Array.from({ length: KILLS }, (_, i) => join(folder, `log-${i}`));
  const line = async (first: number): Promise<void> => {
    for (let i = first; i < KILLS; i += LINES)
      await runAndKill(path, logs[i] as string, `p${i}`, Math.random() * 120);
  };
  await Promise.all(Array.from({ length: LINES }, (_, first) => line(first)));

  const lines = logs.flatMap(linesOf);
  expect(lines.filter(({ did }) => did !== undefined).length).toBeGreaterThan(KILLS);
  await expectAccounted(store, lines);

  const trust = new TrustOperations({ store });
  const leftOpen = (await store.openIntents()).map((intent) => intent.invocationId);
  expect(leftOpen.length).toBeGreaterThan(0);
  expect((await trust.recover({ minimumAge: 0 })).sort()).toEqual([...leftOpen].sort());
  expect(await store.openIntents()).toEqual([]);
  await expectAccounted(store, lines);
  for (const id of trailsOf(path))
    expect(await trust.verifyTrail(id)).toMatchObject({ valid: true, problems: [] });
  const [closed] = leftOpen as [string];
  const last = (await store.readTrail(closed.replace(/\/\d+$/, ''))).map((entry) => entry.text).join();
  expect(last).toMatch(/"outcome": ?"unknown"/);
  expect((await store.doctor({ minimumAge: 0, signatures: false })).findings).toEqual([]);
});
