import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { LEFT_OUT_OF_QUICK } from './test/tiers.js';

const packagesFolder = new URL('./packages/', import.meta.url);

/** Every entry point of every package, with the source file that it is built from. */
const sources = readdirSync(packagesFolder).flatMap((folder) => {
  const { name, exports } = JSON.parse(
    readFileSync(new URL(`${folder}/package.json`, packagesFolder), 'utf8'),
  ) as { name: string; exports: Record<string, string | { types: string }> };
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return [];
    const source = target.types.replace('./dist/', `./${folder}/src/`).replace('.d.ts', '.ts');
    return [[`${name}${subpath.slice(1)}`, fileURLToPath(new URL(source, packagesFolder))] as const];
  });
});

// These suites run over every store: agents, runs and patterns behave the same over each.
const SUITES = ['agent', 'trust', 'receipt', 'runtime', 'workflow', 'deployment'];
const OVER_EVERY_STORE = [
  ...SUITES.map((suite) => `packages/core/test/${suite}/**/*.test.ts`),
  'packages/patterns/test/**/*.test.ts',
  'packages/registry/test/**/*.test.ts',
];
// They change each byte of what was read, run in a browser, or time what is in memory: no store has a part in it.
const OVER_MEMORY_ONLY = [
  'packages/core/test/trust/any-byte.test.ts',
  'packages/core/test/receipt/one-character.test.ts',
  'packages/core/test/receipt/in-browser.slow.test.ts',
  // Its clock and timers are fakes, and a database answers in real time.
  'packages/core/test/trust/late-records.test.ts',
  // They bring a memory store of their own, which holds answers back or lets commits hang.
  'packages/core/test/trust/{late-answers,many-statements}.test.ts',
  'packages/registry/test/scaling.test.ts',
];

// PostgreSQL has durable runs only with an engine, which has tests of its own.
const WITHOUT_AN_ENGINE = [
  'packages/core/test/runtime/durable/**/*.test.ts',
  'packages/patterns/test/durable.test.ts',
];

const EVERYTHING = [
  'packages/*/test/**/*.test.ts',
  'examples/*/test/**/*.test.ts',
  'interop/test/**/*.test.ts',
  'test/**/*.test.ts',
];

const LEFT_OUT = Object.values(LEFT_OUT_OF_QUICK).flat();

// Together, the files of these projects keep every core busy.
const SIDE_BY_SIDE = { maxWorkers: '100%', sequence: { groupOrder: 0 } };
// These files start many processes each, and would get in each other's way.
const ONE_BY_ONE = { maxWorkers: 1, sequence: { groupOrder: 1 } };

const TYPES = {
  enabled: true,
  include: ['packages/*/test/**/*.test-d.ts'],
  tsconfig: './tsconfig.test.json',
};

const over = (store: string) => ({
  resolve: {
    alias: { 'suite-store': fileURLToPath(new URL(`./test/stores/${store}.ts`, import.meta.url)) },
  },
});

export default defineConfig({
  resolve: {
    // Tests run against the sources; the packed form is tried by the tests that install it.
    // The first name that is a prefix wins, so a subpath comes before its package.
    alias: Object.fromEntries([
      ...sources.sort(([a], [b]) => b.length - a.length),
      ['#crypto', fileURLToPath(new URL('core/src/wire/crypto/node.ts', packagesFolder))],
    ]),
  },
  // The decorators of plugins are TypeScript's, as in tsconfig.base.json; tests lie outside the folders it covers.
  oxc: { decorator: { legacy: true } },
  test: {
    testTimeout: 120_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        ...over('memory'),
        test: { name: 'memory', include: EVERYTHING, ...ONE_BY_ONE, typecheck: TYPES },
      },
      {
        extends: true,
        ...over('memory'),
        test: {
          name: 'quick',
          include: EVERYTHING,
          exclude: [...configDefaults.exclude, ...LEFT_OUT],
          ...SIDE_BY_SIDE,
        },
      },
      {
        extends: true,
        ...over('memory'),
        test: { name: 'slow', include: LEFT_OUT, ...ONE_BY_ONE, typecheck: TYPES },
      },
      ...['sqlite', 'postgres'].map((store) => ({
        extends: true as const,
        ...over(store),
        // A database is slow, most of all one that syncs while other tests run.
        test: {
          name: store,
          include: OVER_EVERY_STORE,
          ...SIDE_BY_SIDE,
          exclude: [...OVER_MEMORY_ONLY, ...(store === 'postgres' ? WITHOUT_AN_ENGINE : [])],
          testTimeout: 180_000,
        },
      })),
    ],
  },
});
