import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import type { TrailEntry, TrustStore } from '@kaizen-eatp/core/store';
import { rolldown } from 'rolldown';
import { expect } from 'vitest';
import { patternSetups } from '../../packages/patterns/test/pattern-setups.js';
import { agentName, KEY_ID } from './company.js';
import { openPlace, type Place } from './place.js';

const CHILD = fileURLToPath(new URL('./run-every-pattern.ts', import.meta.url));
/** Not in one file with the rest: one has a binary, the other looks for what is optional. */
const DRIVERS = ['better-sqlite3', 'pg'];
const PATTERNS = Object.keys(patternSetups);
/** How many processes are at work, and killed, side by side. */
const LINES = 2;
/** Within how many milliseconds of its first run's end each is killed. */
const WITHIN = 150;

interface Line {
  readonly began?: string;
  readonly pattern?: string;
  readonly did?: string;
  readonly succeeded?: string;
  readonly anchors?: number;
}

/**
 * Kills processes that run every pattern over one store, each at a random moment, and holds what they wrote down
 * themselves against what the store says: every trail is valid, whatever an agent did has an intent or an outcome,
 * and what was reported as success is there whole. Then recovers, and asks it all again.
 */
export async function expectNothingLostByKills(place: Place, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-killed-'));
  const store = await openPlace(place);
  try {
    const { trust, privateKey } = await establish(store);
    const script = await inOneFile(folder);
    const logs = Array.from({ length: kills }, (_, i) => join(folder, `log-${i}`));
    const line = async (first: number): Promise<void> => {
      for (let i = first; i < kills; i += LINES) {
        const log = logs[i] as string;
        await runAndKill(script, [JSON.stringify(place), privateKey, log, `p${i}`]);
      }
    };
    await Promise.all(Array.from({ length: LINES }, (_, first) => line(first)));

    const written = logs.map(linesOf);
    expectEachPatternCaught(written);
    const lines = written.flat();
    const runs = lines.flatMap(({ began }) => began ?? []);
    for (const runId of runs) expect(await trust.verifyTrail(runId)).toMatchObject({ problems: [] });
    await expectAccounted(store, lines, kills);

    const leftOpen = (await store.openIntents()).map((intent) => intent.invocationId);
    expect(leftOpen.length).toBeGreaterThan(0);
    expect((await trust.recover()).sort()).toEqual([...leftOpen].sort());
    expect(await store.openIntents()).toEqual([]);
    await expectAccounted(store, lines, kills);
    for (const runId of new Set(leftOpen.map(runOf))) {
      expect(await trust.verifyTrail(runId)).toMatchObject({ problems: [] });
      const last = (await store.readTrail(runId)).at(-1)?.text ?? '';
      expect(JSON.parse(last)).toMatchObject({ result: 'partial', context: { outcome: 'unknown' } });
    }
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function establish(store: TrustStore) {
  const keyManager = new InMemoryKeyManager();
  const { privateKey } = generateKeyPair();
  await keyManager.importKey(KEY_ID, privateKey);
  const trust = new TrustOperations({ store, keyManager });
  const { id: authorityId } = await trust.createEnterpriseAuthority({
    name: 'ACME',
    id: 'org-acme',
    signingKeyId: KEY_ID,
  });
  for (const [pattern, [{ agents }]] of Object.entries(patternSetups)) {
    for (const [player, { capabilities = ['work'] }] of Object.entries(agents))
      await trust.establish({ agentId: `agent-${agentName(pattern, player)}`, authorityId, capabilities });
  }
  return { trust, privateKey };
}

/** Spares each of hundreds of processes finding and compiling hundreds of files, which takes longer than its work. */
async function inOneFile(folder: string): Promise<string> {
  const file = join(folder, 'run-every-pattern.mjs');
  const bundle = await rolldown({
    input: CHILD,
    platform: 'node',
    external: (id) => DRIVERS.includes(id),
    plugins: [
      {
        name: 'drivers',
        // The bundle lies outside of this project, so it finds them only where they are said to be.
        renderChunk: (code) =>
          DRIVERS.reduce(
            (text, id) => text.replaceAll(`from "${id}"`, `from "${import.meta.resolve(id)}"`),
            code,
          ),
      },
    ],
  });
  await bundle.write({ file, codeSplitting: false });
  await bundle.close();
  return file;
}

async function runAndKill(script: string, args: readonly string[]): Promise<void> {
  let complaint = '';
  const child: ChildProcess = fork(script, args, {
    execArgv: [],
    env: { ...process.env, NODE_COMPILE_CACHE: dirname(script) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.on('data', (data: Buffer) => {
    complaint += data;
  });
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  const started = new Promise((resolve) => child.once('message', resolve));
  expect(await Promise.race([started, ended]), complaint).toBe('running');
  await new Promise((resolve) => setTimeout(resolve, Math.random() * WITHIN));
  child.kill('SIGKILL');
  expect(await ended, complaint).toBe('SIGKILL');
}

const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    // The last line may have been cut off by the kill.
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

const runOf = (invocationId: string): string => invocationId.replace(/\/[^/]+$/, '');

/** Every kill is to hit every pattern in the midst of a run; those that came before a run had begun do not count. */
function expectEachPatternCaught(written: readonly (readonly Line[])[]): void {
  const caught = new Map(PATTERNS.map((pattern) => [pattern, 0]));
  for (const lines of written) {
    const succeeded = new Set(lines.map((line) => line.succeeded));
    for (const { began, pattern } of lines) {
      const isUnended = began !== undefined && !succeeded.has(began);
      if (isUnended) caught.set(pattern as string, (caught.get(pattern as string) as number) + 1);
    }
  }
  for (const [pattern, times] of caught)
    expect(times, `runs of ${pattern} that a kill caught`).toBeGreaterThan(written.length * 0.75);
}

/** The invocations of which a trail has the outcome. */
const outcomesIn = (entries: readonly TrailEntry[]): Set<unknown> =>
  new Set(
    entries.map(
      ({ text }) => (JSON.parse(text) as { context: Record<string, unknown> }).context.invocation_id,
    ),
  );

async function expectAccounted(store: TrustStore, lines: readonly Line[], kills: number): Promise<void> {
  const open = new Set((await store.openIntents()).map((intent) => intent.invocationId));
  const trails = new Map<string, readonly TrailEntry[]>();
  const trailOf = async (runId: string): Promise<readonly TrailEntry[]> => {
    const trail = trails.get(runId) ?? (await store.readTrail(runId));
    trails.set(runId, trail);
    return trail;
  };
  let acts = 0;
  let successes = 0;
  for (const { did, succeeded, anchors } of lines) {
    if (did !== undefined) {
      acts += 1;
      const isRecorded = open.has(did) || outcomesIn(await trailOf(runOf(did))).has(did);
      expect(isRecorded, `${did} was done, and nothing says so`).toBe(true);
    }
    if (succeeded !== undefined) {
      successes += 1;
      const trail = await trailOf(succeeded);
      expect(trail.length, `${succeeded} was reported as success`).toBe(anchors);
      expect(JSON.parse(trail.at(-1)?.text ?? '')).toMatchObject({
        action: 'orchestration_complete',
        result: 'success',
      });
    }
  }
  expect(acts).toBeGreaterThan(kills * PATTERNS.length);
  expect(successes).toBeGreaterThan(kills);
}
