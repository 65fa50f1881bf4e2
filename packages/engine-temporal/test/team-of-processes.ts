import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { sharedServer } from '../../store-postgres/test/server/shared-server.js';
// @ts-expect-error: a module that worker processes run as it is.
import { openTeam } from './team.mjs';
import { temporalServer } from './temporal-server.js';

const script = fileURLToPath(new URL('./worker-process.mjs', import.meta.url));

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A team with workers in processes of their own, for the inside of a `describe`. */
export class Team {
  readonly #database = sharedServer();
  readonly #temporal = temporalServer();
  readonly #processes = new Set<ChildProcess>();
  #folder = '';
  #place: object = {};
  // biome-ignore lint/suspicious/noExplicitAny: what a module without types opens.
  #own: any;

  constructor() {
    beforeAll(async () => {
      this.#folder = mkdtempSync(join(tmpdir(), 'eatp-engine-'));
      const { url } = this.#database;
      const { address } = this.#temporal;
      this.#place = { url, schema: this.#database.schema(), folder: this.#folder, address };
      this.#own = await openTeam(this.#place);
      const authority = await this.#own.trust.createEnterpriseAuthority({ name: 'ACME' });
      for (const agent of this.#own.agents)
        await agent.establishTrust({ authorityId: authority.id, capabilities: [] });
    });
    afterEach(async () => {
      for (const child of this.#processes) await this.kill(child);
    });
    afterAll(async () => {
      await this.#own?.engine.close();
      await this.#own?.store.close();
      if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  /** The team of this process, which submits runs. */
  get own() {
    return this.#own;
  }

  /** The place of the team, for further engines. */
  get place() {
    return this.#place as { readonly address: string; readonly schema: string };
  }

  async startWorker(): Promise<ChildProcess> {
    const child = fork(script, [JSON.stringify(this.#place)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#processes.add(child);
    const exited = once(child, 'exit').then(() => {
      throw new Error('the worker ended before it was ready');
    });
    await Promise.race([once(child, 'message'), exited]);
    exited.catch(() => undefined);
    return child;
  }

  /** The runs that a worker executes now. */
  async runsOf(child: ChildProcess): Promise<readonly string[]> {
    const answer = once(child, 'message');
    child.send('which');
    return (await answer)[0].runIds;
  }

  async kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await this.exited(child);
    this.#processes.delete(child);
  }

  async exited(child: ChildProcess): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** A whole trail, nothing open, and no act repeated after a recorded success. */
  async expectSound(runId: string): Promise<void> {
    expect(await this.#own.trust.verifyTrail(runId)).toMatchObject({ valid: true, problems: [] });
    expect(await this.#own.store.openIntents({ trailId: runId })).toEqual([]);
    const succeeded: string[] = [];
    for (const { text } of await this.#own.store.readTrail(runId)) {
      const { invocation_id: id, outcome } = JSON.parse(text).context;
      if (id !== undefined && outcome === 'success') succeeded.push(id.replaceAll(/#\d+/g, ''));
    }
    expect(succeeded.length).toBeGreaterThan(0);
    expect(new Set(succeeded).size).toBe(succeeded.length);
  }
}
