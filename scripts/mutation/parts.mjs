import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distancesFrom, filesIn, testsOf } from './import-graph.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

const PATTERNS = [
  'sequential',
  'parallel',
  'supervisor-worker',
  'router',
  'ensemble',
  'blackboard',
  'consensus',
  'debate',
  'handoff',
];

/** The patterns that need a file. */
const usersOf = (path) =>
  PATTERNS.filter((name) => distancesFrom(`${root}packages/patterns/src/${name}.ts`).has(path));

/** Tests that start the Python reference or many processes, kill them at every step, or repeat the suite. */
const SLOW =
  /slow|conformance|killed|full-disk|many-writers|file\.test|side-by-side|revocation|watch|errors|tls|hostile|shared-trail/;

const store = (folder, build, entry, tests, slow = SLOW) => ({
  folder,
  reload: build,
  entry,
  subjects: () => ['store'],
  tests: (path) => testsOf(path, tests, slow),
});

/**
 * The parts that are mutated: the sources; the built modules that are loaded anew for a mutant, and their entry; what the
 * suite tries; and the tests for the mutants that it does not catch.
 */
export const PARTS = {
  patterns: {
    folder: 'packages/patterns/src',
    reload: 'packages/patterns/dist/',
    entry: 'packages/patterns/dist/index.js',
    subjects: (path) => usersOf(path).map((name) => name.replace('-', '_')),
    tests: (path) => {
      const near = [basename(path, '.ts'), ...usersOf(path)];
      const order = (test) => {
        const place = near.indexOf(basename(test, '.test.ts'));
        return place < 0 ? near.length : place;
      };
      return testsOf(path, ['packages/patterns/test'], /slow|durable\.test|conformance|matrix/).sort(
        (a, b) => order(a) - order(b),
      );
    },
  },
  memory: store(
    'packages/core/src/store/memory',
    'packages/core/dist/store/memory/',
    'packages/core/dist/store/memory/memory-trust-store.js',
    ['packages/core/test/store', 'packages/core/test/runtime/durable', 'packages/core/test/trust'],
    /any-byte|slow/,
  ),
  sqlite: store(
    'packages/store-sqlite/src',
    'packages/store-sqlite/dist/',
    'packages/store-sqlite/dist/index.js',
    ['packages/store-sqlite/test'],
  ),
  postgres: store(
    'packages/store-postgres/src',
    'packages/store-postgres/dist/',
    'packages/store-postgres/dist/index.js',
    ['packages/store-postgres/test'],
  ),
};

/** The source files of a part. */
export const sourcesOf = (part) => filesIn(PARTS[part].folder);
