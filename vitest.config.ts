import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (name: string): string =>
  fileURLToPath(new URL(`./packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run against the sources; the packed form is tried by the tests that install it.
    // The first name that is a prefix wins, so an entry point comes before its package.
    alias: Object.fromEntries([
      [
        '@kaizen-eatp/testing/vitest',
        fileURLToPath(new URL('./packages/testing/src/vitest.ts', import.meta.url)),
      ],
      ...['core', 'patterns', 'registry', 'testing', 'bridge-python', 'store-sqlite', 'store-postgres'].map(
        (name) => [`@kaizen-eatp/${name}`, source(name)],
      ),
    ]),
  },
  // The decorators of plugins are TypeScript's, as in tsconfig.base.json; tests lie outside the folders it covers.
  oxc: { decorator: { legacy: true } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'interop/test/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    typecheck: {
      enabled: true,
      include: ['packages/*/test/**/*.test-d.ts'],
      tsconfig: './tsconfig.test.json',
    },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
