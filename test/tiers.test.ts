import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LEFT_OUT_OF_QUICK } from './tiers.js';

const root = fileURLToPath(new URL('..', import.meta.url));

it('every name that the quick tests leave out is a test that exists', () => {
  const named = Object.values(LEFT_OUT_OF_QUICK)
    .flat()
    .filter((glob) => !glob.startsWith('**'))
    .flatMap((glob) => {
      const [, before, names, after] = /^(.*?)\{(.*)\}(.*)$/.exec(glob) ?? [];
      return names === undefined ? [glob] : names.split(',').map((name) => `${before}${name}${after}`);
    });
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((glob) => globSync(glob, { cwd: root }).length === 0)).toEqual([]);
});
