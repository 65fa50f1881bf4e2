import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { expect, it, onTestFinished } from 'vitest';
import { hasEnded, ownPlace } from '../src/connection/process-place.js';
import { sharedServer } from './server/shared-server.js';

const server = sharedServer();
const own = JSON.parse(ownPlace() as string) as { system: string; pid: number; started: string };
/** The number of a process that there is not: above the most that Linux gives. */
const NO_PID = 2 ** 22 + 1;

const placeOf = (change: object): string => JSON.stringify({ ...own, ...change });

it.each<[string, string | null, boolean]>([
  ['this process', placeOf({}), false],
  ['a process whose number another one has by now', placeOf({ started: '1' }), true],
  ['a process that there is not any more', placeOf({ pid: NO_PID }), true],
  [
    'a process of another machine, with a number that is free here',
    placeOf({ system: 'x', pid: NO_PID }),
    false,
  ],
  ['a process without a machine', placeOf({ system: undefined, pid: NO_PID }), false],
  ['a number that is none', placeOf({ pid: '1; --' }), false],
  ['a place that is not known', null, false],
  ['a place that is no JSON', '{"system":', false],
  ['a place that is another JSON', 'null', false],
])('knows of %s whether it has ended', (_what, place, ended) => {
  expect(hasEnded(place)).toBe(ended);
});

it('knows that a process has ended whose parent has not asked for its end', async () => {
  // The shell leaves its child to a program that never asks.
  const parent = spawn('sh', ['-c', 'cat & echo $!; exec sleep 60'], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [said] = await once(parent.stdout, 'data');
  const pid = Number(String(said));
  const [, started] = fieldsOf(pid);
  const place = placeOf({ pid, started });
  expect(hasEnded(place)).toBe(false);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => fieldsOf(pid)[0], { timeout: 20_000 }).toBe('Z');
  expect(hasEnded(place)).toBe(true);
});

/** The state of a process that is called `cat` or `sh`, and when it started. */
function fieldsOf(pid: number): readonly [state: string | undefined, started: string | undefined] {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  return [fields[2], fields[21]];
}

const IN_OTHER_NAMESPACE = ['--user', '--map-root-user', '--pid', '--fork'];
const canUnshare = spawnSync('unshare', [...IN_OTHER_NAMESPACE, 'true']).status === 0;

it.skipIf(!canUnshare)('says nothing where /proc shows the processes under other numbers', () => {
  const module = fileURLToPath(new URL('../src/connection/process-place.ts', import.meta.url));
  const code = `const { ownPlace, hasEnded } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify([ownPlace(), hasEnded(${JSON.stringify(placeOf({ pid: NO_PID }))})]));`;
  const { stdout } = spawnSync(
    'unshare',
    [...IN_OTHER_NAMESPACE, process.execPath, '--input-type=module', '--eval', code],
    { encoding: 'utf8' },
  );
  expect(JSON.parse(stdout)).toEqual([null, false]);
});

async function openStore(ownerTimeout = 1_000) {
  const schema = server.schema();
  const store = await PostgresTrustStore.open({ connectionString: server.url, schema, ownerTimeout });
  onTestFinished(() => store.close());
  const row = (owner: string, place: string | null, every = 200) =>
    server.sql(`INSERT INTO ${schema}.owners (owner, beat, every_ms, place) VALUES ($1, 0, $2, $3)`, [
      owner,
      every,
      place,
    ]);
  return { schema, store, row };
}

it('finds the owners that have ended among all that there are', async () => {
  const { store, row } = await openStore();
  const [live, here, silent, elsewhere] = Array.from({ length: 4 }, () => randomUUID());
  const leave = await store.announceOwner(live as string);
  await row(here as string, placeOf({ pid: NO_PID }));
  await row(silent as string, null);
  await row(elsewhere as string, placeOf({ system: 'of another machine' }));
  const asked = [live, here, silent, elsewhere, 'never announced', 'no text\0'] as string[];
  const gone = await store.findGoneOwners(asked);
  expect(gone.sort()).toEqual([here, silent, elsewhere, 'never announced', 'no text\0'].sort());
  await leave();
  expect(await store.findGoneOwners([live as string])).toEqual([live]);
});

it('does not count an owner up again that others have taken for ended', async () => {
  const { schema, store } = await openStore();
  const owner = randomUUID();
  const leave = await store.announceOwner(owner);
  await store.commit([{ op: 'retire_owner', owner }]);
  expect(await store.findGoneOwners([owner])).toEqual([owner]);
  expect(await server.sql(`SELECT * FROM ${schema}.owners`)).toEqual([]);
  await leave();
});

it('takes no row of owners, from any role, that would delay a recovery', async () => {
  const { row } = await openStore();
  for (const every of [0, -1, 60_001, 2 ** 31 - 1])
    await expect(row(randomUUID(), null, every), String(every)).rejects.toThrow(/check constraint/);
  await expect(row(randomUUID(), 'x'.repeat(1_001))).rejects.toThrow(/check constraint/);
});

it.each([15, 999, 300_001, 0, '15s'])('refuses %j as an ownerTimeout', async (ownerTimeout) => {
  const opening = PostgresTrustStore.open({
    connectionString: server.url,
    schema: 'never_made',
    ownerTimeout: ownerTimeout as number,
  });
  await expect(opening).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    expected: 'a whole number from 1000 to 300000',
  });
});
