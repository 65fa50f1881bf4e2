import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileKeyManager } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/places.js';
import { Child } from './support/processes.js';

interface Opened {
  readonly publicKey?: string;
  readonly chain?: string;
  readonly result?: string;
  readonly code?: string;
}

/** Opens the deployment in so many processes, which start at the same moment. */
async function start(processes: number, folder: string, keyFolder: (i: number) => string): Promise<Opened[]> {
  const children = Array.from(
    { length: processes },
    (_, i) => new Child('open-deployment', [folder, keyFolder(i)]),
  );
  for (const child of children) expect(await child.next()).toBe('ready');
  for (const child of children) child.send('go');
  return Promise.all(children.map((child) => child.next<Opened>()));
}

it('openDeployment gives six processes that start together one authority, one key and one chain', async () => {
  const folder = temporaryFolder();
  const keyFolder = join(folder, 'keys');
  const [first, ...others] = await start(6, folder, () => keyFolder);
  expect(first?.result).toBe('x');
  for (const other of others) expect(other).toEqual(first);
  // The keys of the processes that were not first are gone.
  const files = await readdir(keyFolder);
  expect(files.filter((name) => name.startsWith('key-org-acme-corp-'))).toHaveLength(1);
  expect((await FileKeyManager.listKeys(keyFolder)).map(({ publicKey }) => publicKey)).toContain(
    first?.publicKey,
  );
  // The next start finds everything.
  expect(await start(1, folder, () => keyFolder)).toEqual([first]);
});

it('openDeployment fails with KEY_NOT_FOUND in a process that has the store and not the keys', async () => {
  const folder = temporaryFolder();
  await start(1, folder, () => join(folder, 'keys'));
  expect(await start(1, folder, () => join(folder, 'other-keys'))).toEqual([{ code: 'KEY_NOT_FOUND' }]);
  const together = await start(4, temporaryFolder(), (i) => join(folder, `keys-${i}`));
  expect(together.map(({ code }) => code).sort()).toEqual([...Array(3).fill('KEY_NOT_FOUND'), undefined]);
});
