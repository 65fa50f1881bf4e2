import { expect, it } from 'vitest';
import { openStore } from './support/places.js';
import { Child } from './support/processes.js';

it('processes that start together announce all their owners, while each looks for those of ended ones', async () => {
  const { path } = await openStore();
  const children = Array.from({ length: 6 }, () => new Child('announce-owners', [path, 40]));
  for (const child of children) expect(await child.next()).toBe('ready');
  for (const child of children) child.send('go');
  for (const child of children) expect(await child.next()).toEqual([]);
});
