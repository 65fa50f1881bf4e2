import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (name: string): string =>
  fileURLToPath(new URL(`./packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run against the sources; the packed form is tried by the tests that install it.
    alias: Object.fromEntries(
      ['core', 'patterns', 'registry', 'testing', 'bridge-python', 'store-sqlite', 'store-postgres'].map(
        (name) => [`@kaizen-eatp/${name}`, source(name)],
      ),
    ),
  },
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
