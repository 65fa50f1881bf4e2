import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { EatpError } from '@kaizen-eatp/core';
import Database from 'better-sqlite3';
import { afterEach, expect, it, vi } from 'vitest';
import type * as locks from '../src/connection/lock-file.js';
import { openStore, temporaryFolder, temporaryPath } from './support/places.js';

/** The act of another process on a file as soon as this one has locked it. */
let meanwhile: ((file: string) => void) | undefined;
vi.mock('../src/connection/lock-file.js', async (load) => {
  const actual = await load<typeof locks>();
  return {
    ...actual,
    lockFile: (...given: Parameters<typeof actual.lockFile>) => {
      const lock = actual.lockFile(...given);
      const act = meanwhile;
      meanwhile = undefined;
      act?.(given[0]);
      return lock;
    },
  };
});
afterEach(() => {
  meanwhile = undefined;
});

const refusal = async (call: Promise<unknown>): Promise<EatpError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EatpError);
  return error as EatpError;
};

/** Puts something else where the lock of an owner would be. */
const inPlaceOfLock: Readonly<Record<string, (file: string) => void>> = {
  'a folder': (file) => mkdirSync(file),
  'a file with content': (file) => writeFileSync(file, 'of somebody else'),
  'a link to nothing': (file) => symlinkSync(`${file}-nothing`, file),
};

it.each(Object.keys(inPlaceOfLock))(
  '%s in the place of a lock stops no process, and stands for an owner that may live',
  async (what) => {
    const store = await openStore();
    const owner = randomUUID();
    const file = `${store.path}-owner-${owner}`;
    inPlaceOfLock[what]?.(file);
    const leave = await store.announceOwner(randomUUID());
    expect(await store.findGoneOwners([owner])).toEqual([]);
    expect(readdirSync(dirname(store.path)).some((name) => file.endsWith(name))).toBe(true);
    expect(await refusal(store.announceOwner(owner))).toMatchObject({
      code: 'STORE_FAILED',
      received: expect.stringContaining(file),
      evidence: { reason: 'NOT_A_LOCK' },
    });
    await leave();
  },
);

it('a link in the place of a lock is not followed to the database that it names', async () => {
  const victim = join(temporaryFolder(), 'victim.db');
  const db = new Database(victim);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE kept (a)');
  db.close();
  const before = readFileSync(victim);
  const store = await openStore();
  const owner = randomUUID();
  symlinkSync(victim, `${store.path}-owner-${owner}`);
  symlinkSync(victim, `${store.path}-runs-lock`);
  await (await store.announceOwner(randomUUID()))();
  expect(await store.findGoneOwners([owner])).toEqual([]);
  expect(await refusal(store.holdRuns())).toMatchObject({ evidence: { reason: 'NOT_A_LOCK' } });
  expect(readFileSync(victim).equals(before)).toBe(true);
});

it('an owner that is announced twice is refused, without blocking the process', async () => {
  const store = await openStore(temporaryPath(), { lockTimeout: 50 });
  const owner = randomUUID();
  const leave = await store.announceOwner(owner);
  expect(await refusal(store.announceOwner(owner))).toMatchObject({
    code: 'STORE_FAILED',
    evidence: { reason: 'HELD', retryable: true },
  });
  expect(await store.findGoneOwners([owner])).toEqual([]);
  await leave();
  await (await store.announceOwner(owner))();
});

it.each(['', '../other', 'agent-alice', 'A'.repeat(36), undefined])(
  'refuses %j as an owner',
  async (owner) => {
    const store = await openStore();
    const before = readdirSync(dirname(store.path));
    expect(await refusal(store.announceOwner(owner as string))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(readdirSync(dirname(store.path))).toEqual(before);
  },
);

it('who opens the file by a link finds the owners of those who do not, and the other way round', async () => {
  const direct = await openStore();
  const link = join(temporaryFolder(), 'linked.db');
  symlinkSync(direct.path, link);
  const linked = await openStore(link);
  const [one, other] = [randomUUID(), randomUUID()];
  await direct.announceOwner(one);
  await linked.announceOwner(other);
  expect(await linked.findGoneOwners([one, other])).toEqual([]);
  expect(await direct.findGoneOwners([one, other])).toEqual([]);
  const release = await direct.holdRuns();
  expect(await linked.holdRuns()).toBeUndefined();
  await release?.();
});

it('a lock is for this user only', async () => {
  const store = await openStore();
  const owner = randomUUID();
  const leave = await store.announceOwner(owner);
  expect(statSync(`${store.path}-owner-${owner}`).mode & 0o777).toBe(0o600);
  await leave();
  expect(existsSync(`${store.path}-owner-${owner}`)).toBe(false);
});

it('an owner whose new file another process removes makes it again', async () => {
  const store = await openStore();
  const owner = randomUUID();
  meanwhile = (file) => rmSync(file);
  const leave = await store.announceOwner(owner);
  expect(existsSync(`${store.path}-owner-${owner}`)).toBe(true);
  expect(await store.findGoneOwners([owner])).toEqual([]);
  await leave();
});

it('who finds an old file free does not remove the one that has replaced it', async () => {
  const store = await openStore();
  const owner = randomUUID();
  const file = `${store.path}-owner-${owner}`;
  writeFileSync(file, '');
  // The old file keeps its inode while it is open, so that the new one has another.
  meanwhile = (old) => {
    rmSync(old);
    writeFileSync(old, '');
  };
  expect(await store.findGoneOwners([owner])).toEqual([]);
  expect(existsSync(file)).toBe(true);
  expect(await store.findGoneOwners([owner])).toEqual([owner]);
  expect(existsSync(file)).toBe(false);
});
