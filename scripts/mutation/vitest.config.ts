import { defineConfig, mergeConfig } from 'vitest/config';
import root from '../../vitest.config.js';

const mutant = (): { path: string; source: string } | undefined =>
  (globalThis as { kaizenEatpMutant?: { path: string; source: string } }).kaizenEatpMutant;

/** The tests of the repository, with a mutant in the place of one source file. */
export default mergeConfig(
  root,
  defineConfig({
    root: new URL('../..', import.meta.url).pathname,
    // A cache would keep a mutant for the file that it stood in for.
    test: { experimental: { fsModuleCache: false }, testTimeout: 30_000 },
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform: (_code: string, id: string) =>
          id.split('?')[0] === mutant()?.path ? mutant()?.source : undefined,
      },
    ],
  }),
);
