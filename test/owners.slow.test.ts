import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import type { StoreMaintenance, TrustStore } from '@kaizen-eatp/core/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sharedServer } from '../packages/store-postgres/test/server/shared-server.js';
import { temporaryPath } from '../packages/store-sqlite/test/support/places.js';
import { KEY_ID } from './killed/company.js';
import { openPlace, type Place } from './killed/place.js';

const CHILD = fileURLToPath(new URL('./owners/slow-agent.ts', import.meta.url));
const server = sharedServer();
const { privateKey } = generateKeyPair();
/** Short, so that a stopped process is soon taken for ended. */
const OWNER_TIMEOUT = 2_000;

const places: Readonly<Record<string, () => Place>> = {
  sqlite: () => ({ kind: 'sqlite', path: temporaryPath() }),
  postgres: () => ({
    kind: 'postgres',
    connectionString: server.url,
    schema: server.schema(),
    ownerTimeout: OWNER_TIMEOUT,
  }),
};

type Said = { began?: number; ended?: number; code?: string; cause?: string };

/** A process at work, and what it said, one after the other. */
class Worker {
  readonly #process: ChildProcess;
  readonly #said: Said[] = [];
  #onSaid = (): void => undefined;

  constructor(place: Place, runId: string) {
    this.#process = fork(CHILD, [JSON.stringify(place), privateKey, runId], { execArgv: [] });
    this.#process.on('message', (said) => {
      this.#said.push(said as Said);
      this.#onSaid();
    });
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  async next(): Promise<Said> {
    while (this.#said.length === 0)
      await new Promise<void>((resolve) => {
        this.#onSaid = resolve;
      });
    return this.#said.shift() as Said;
  }

  tell(): void {
    this.#process.send('go on');
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(name);
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }
}

async function world(place: Place) {
  const store = (await openPlace(place)) as TrustStore & StoreMaintenance;
  onTestFinished(() => store.close());
  const keyManager = new InMemoryKeyManager();
  await keyManager.importKey(KEY_ID, privateKey);
  const clock = { shift: 0, now: () => Date.now() + clock.shift };
  const trust = new TrustOperations({ store, keyManager, clock });
  await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme', signingKeyId: KEY_ID });
  await trust.establish({ agentId: 'agent-alice', authorityId: 'org-acme', capabilities: ['work'] });
  return { store, trust, clock };
}

const outcomesOf = async (store: TrustStore, runId: string): Promise<unknown[]> =>
  (await store.readTrail(runId)).map(({ text }) => JSON.parse(text).context.outcome);

describe.each(Object.keys(places))('with %s, recover() of another process', (kind) => {
  it('leaves a process at work alone, whatever the clocks say, and closes its intents once it was killed', async () => {
    const place = (places[kind] as () => Place)();
    const { store, trust, clock } = await world(place);
    const worker = new Worker(place, 'run-a');
    expect(await worker.next()).toEqual({ began: 1 });
    for (const shift of [0, 86_400_000, -86_400_000]) {
      clock.shift = shift;
      expect(await trust.recover(), `with a clock that is off by ${shift}`).toEqual([]);
      expect((await store.doctor()).findings).toEqual([]);
    }
    clock.shift = 0;
    worker.tell();
    expect(await worker.next()).toEqual({ began: 2 });
    await worker.kill();
    expect((await store.doctor()).findings).toMatchObject([{ code: 'INTENT_ORPHANED' }]);
    // The end of a process on this machine is known at once, without any waiting.
    expect(await trust.recover()).toEqual(['run-a-1/2']);
    expect(await outcomesOf(store, 'run-a-1')).toEqual(['success', 'unknown']);
    expect(await trust.verifyTrail('run-a-1')).toMatchObject({ state: 'open', problems: [] });
    expect(await trust.recover()).toEqual([]);
  });

  it('never lets two processes that recover at once close more than there is', async () => {
    const place = (places[kind] as () => Place)();
    const { store, trust } = await world(place);
    const workers = ['a', 'b', 'c'].map((name) => new Worker(place, `run-${name}`));
    for (const worker of workers) expect(await worker.next()).toEqual({ began: 1 });
    await Promise.all(workers.slice(1).map((worker) => worker.kill()));
    const keyManager = new InMemoryKeyManager();
    await keyManager.importKey(KEY_ID, privateKey);
    const others = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const other = await openPlace(place);
        onTestFinished(() => other.close());
        return new TrustOperations({ store: other, keyManager });
      }),
    );
    const closed = await Promise.all([trust, ...others].map((each) => each.recover()));
    expect(closed.flat().sort()).toEqual(['run-b-1/1', 'run-c-1/1']);
    expect((await store.openIntents()).map(({ invocationId }) => invocationId)).toEqual(['run-a-1/1']);
  });

  it('treats a stopped process as its store promises, and one that wakes up writes nothing of what was taken over', async () => {
    const place = (places[kind] as () => Place)();
    const { store, trust } = await world(place);
    const worker = new Worker(place, 'run-a');
    expect(await worker.next()).toEqual({ began: 1 });
    worker.signal('SIGSTOP');
    const closed = await trust.recover();
    worker.tell();
    if (kind === 'sqlite') {
      // The system tells a stopped process from one that has ended.
      expect(closed).toEqual([]);
      worker.signal('SIGCONT');
      expect(await worker.next()).toEqual({ began: 2 });
      expect(await outcomesOf(store, 'run-a-1')).toEqual(['success']);
      return;
    }
    expect(closed).toEqual(['run-a-1/1']);
    const before = await store.readTrail('run-a-1');
    worker.signal('SIGCONT');
    const ends = [await worker.next(), await worker.next()];
    expect(ends[0]).toMatchObject({ ended: 1 });
    expect(await store.readTrail('run-a-1')).toEqual(before);
    // The run that began under the old name is refused before it acts; the next one works.
    expect(ends[1]).toMatchObject({ ended: 2, code: 'STORE_NOT_OWNER' });
    expect(await worker.next()).toEqual({ began: 1 });
    worker.tell();
    expect(await worker.next()).toEqual({ began: 2 });
    expect(await outcomesOf(store, 'run-a-3')).toEqual(['success']);
    expect(await trust.recover()).toEqual([]);
  });
});
