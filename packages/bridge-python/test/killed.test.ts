import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FileKeyManager, TrustOperations } from '@kaizen-eatp/core';
import { auditAnchorCodec } from '@kaizen-eatp/core/records';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from './support/free-port.js';
import { ownFolder, runBridgeCommand } from './support/joined-worker.js';

const MODULE = fileURLToPath(new URL('./python/logged_agents.py', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./support/orchestrating-process.ts', import.meta.url));
const AGENTS = ['supervisor', 'worker_one', 'worker_two'];
const KILLS = 12;

interface Said {
  readonly started?: string;
  readonly succeeded?: string;
  readonly failed?: string;
  readonly code?: string;
  readonly url?: string;
  readonly token?: string;
  readonly recovered?: readonly string[];
}

class Orchestrator {
  readonly said: Said[] = [];
  #isOver = false;
  readonly #child: ChildProcess;
  readonly exited: Promise<unknown>;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, ['--no-warnings', SCRIPT, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout as never }).on('line', (line) =>
      this.said.push(JSON.parse(line)),
    );
    this.exited = new Promise((resolve) => this.#child.once('close', resolve));
    this.exited.then(() => {
      this.#isOver = true;
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  async until(what: (said: Said) => boolean): Promise<Said> {
    for (;;) {
      const found = this.said.find(what);
      if (found) return found;
      if (this.#isOver)
        throw new Error(`It ended without that; it said: ${JSON.stringify(this.said.at(-1))}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  kill(): Promise<unknown> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }
}

it('loses nothing and does nothing twice when the orchestrating process is killed, again and again', async () => {
  const folder = ownFolder();
  const store = join(folder, 'trust.db');
  const keys = join(folder, 'keys');
  const port = await freePort();
  const log = join(folder, 'actions.log');
  const args = [store, keys, String(port)];

  const said: Said[] = [];
  let hasWorker = false;
  for (let i = 0; i < KILLS; i++) {
    const orchestrator = new Orchestrator([...args, '1000']);
    const { url, token } = await orchestrator.until((line) => line.url !== undefined);
    if (!hasWorker)
      runBridgeCommand(
        [
          ...['join', url as string, '--token', token as string, '--keys', join(folder, 'agents.json')],
          ...['--verify', 'signature'],
          ...AGENTS.flatMap((name) => ['--agent', `${name}=${MODULE}:${name}`]),
        ],
        { env: { ACTION_LOG: log } },
      );
    hasWorker = true;
    // The worker finds the bridge again by itself, and its work goes on.
    await orchestrator.until((line) => line.succeeded !== undefined);
    await new Promise((resolve) => setTimeout(resolve, (i * 37) % 50));
    await orchestrator.kill();
    said.push(...orchestrator.said);
  }
  const last = new Orchestrator([...args, '2']);
  await last.exited;
  said.push(...last.said);
  expect(last.said.filter(({ succeeded }) => succeeded)).toHaveLength(2);

  const sqlite = await SqliteTrustStore.open({ path: store });
  onTestFinished(() => sqlite.close());
  const trust = new TrustOperations({
    store: sqlite,
    keyManager: new FileKeyManager(keys, 'only for this test'),
  });
  expect(await sqlite.openIntents()).toEqual([]);
  const recorded = new Map<string, string>();
  for (const runId of new Set(said.flatMap(({ started }) => started ?? []))) {
    const { problems } = await trust.verifyTrail(runId);
    expect([runId, problems]).toEqual([runId, []]);
    for (const { text } of await sqlite.readTrail(runId)) {
      const { context } = auditAnchorCodec.decodeText(text);
      if (context?.invocation_id) recorded.set(String(context.invocation_id), String(context.outcome));
    }
  }
  const acts = readFileSync(log, 'utf8').trim().split('\n');
  const ids = acts.map((line) => line.split(' ')[0] as string);
  // No act without a record, none twice, and no success that was not done.
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(recorded.get(id), id).toMatch(/^(success|unknown)$/);
  for (const [id, outcome] of recorded) if (outcome === 'success') expect(ids).toContain(id);
  expect(said.flatMap(({ recovered }) => recovered ?? []).length).toBeGreaterThan(0);
  expect(existsSync(join(folder, 'agents.json'))).toBe(true);
}, 120_000);
