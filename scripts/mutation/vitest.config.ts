import { readFileSync } from 'node:fs';
import { defineConfig, mergeConfig } from 'vitest/config';
import root from '../../vitest.config.js';

const { source, file } = JSON.parse(process.env.KAIZEN_EATP_MUTANT as string) as {
  source: string;
  file: string;
};

/** The tests of the repository, with a mutant in the place of one source file. */
export default mergeConfig(
  root,
  defineConfig({
    root: new URL('../..', import.meta.url).pathname,
    // A cache would keep a mutant for the file that it stood in for.
    test: { experimental: { fsModuleCache: false } },
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform: (_code: string, id: string) =>
          id.split('?')[0] === source ? readFileSync(file, 'utf8') : undefined,
      },
    ],
  }),
);
