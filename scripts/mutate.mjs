// Mutates the nine patterns and the stores, and prints which mutants the conformance suites and the tests catch.
//
//   node scripts/mutate.mjs [--sample 300] [--minutes 60] [--only patterns|memory|sqlite|postgres] [--without-tests]
//
// Build first: npm run build. It is not part of CI, since it takes an hour or more. No file of the repository is changed:
// a mutant takes the place of its file when the file is loaded.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mutantsOf } from './mutation/operators.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    sample: { type: 'string', default: '300' },
    minutes: { type: 'string', default: '60' },
    jobs: { type: 'string', default: String(Math.max(1, Math.floor(availableParallelism() / 2))) },
    only: { type: 'string' },
    'without-tests': { type: 'boolean', default: false },
  },
});

/** The parts that are mutated, with the tests that are run on what the suite does not catch. */
const PARTS = {
  patterns: { folder: 'packages/patterns/src', tests: testsOfPattern, kit: kitOfPattern },
  memory: {
    folder: 'packages/core/src/store/memory',
    tests: () => ['packages/core/test/store', 'packages/core/test/runtime'],
    kit: () => ['memory'],
  },
  sqlite: {
    folder: 'packages/store-sqlite/src',
    tests: () => ['packages/store-sqlite/test'],
    kit: () => ['sqlite'],
  },
  // Its suite needs a server, which the tests start.
  postgres: {
    folder: 'packages/store-postgres/src',
    tests: () => ['packages/store-postgres/test/conformance.test.ts'],
    kit: () => undefined,
  },
};

const place = mkdtempSync(join(tmpdir(), 'kaizen-eatp-mutants-'));
const until = Date.now() + Number(values.minutes) * 60_000;

function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, folder, file));
}

/** The files that a file imports, directly or not. */
function importsOf(path, seen = new Set()) {
  if (seen.has(path) || !existsSync(path)) return seen;
  seen.add(path);
  for (const [, imported] of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)\.js'/g))
    importsOf(resolve(dirname(path), `${imported}.ts`), seen);
  return seen;
}

const PATTERN_FILES = [
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
const usersOf = (path) =>
  PATTERN_FILES.filter((name) => importsOf(join(root, 'packages/patterns/src', `${name}.ts`)).has(path));

function kitOfPattern(path) {
  const users = usersOf(path).map((name) => name.replace('-', '_'));
  return users.length > 0 ? ['patterns', ...users] : undefined;
}

function testsOfPattern(path) {
  const own = [basename(path, '.ts'), ...usersOf(path)].map(
    (name) => `packages/patterns/test/${name}.test.ts`,
  );
  const general = ['scope', 'depth', 'role-methods', 'play-role', 'matrix'].map(
    (name) => `packages/patterns/test/${name}.test.ts`,
  );
  return [...new Set([...own, ...general])].filter((test) => existsSync(join(root, test)));
}

/** The same choice in every run, in an order that mixes the files, so that a run that ends early is a fair sample, too. */
function sampleOf(mutants, size) {
  const shuffled = [...mutants];
  for (let i = shuffled.length - 1, state = 17; i > 0; i -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const j = state % (i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled.slice(0, size);
}

function run(command, args, mutant, seconds) {
  return new Promise((done) => {
    const file = join(place, `${mutant.number}.ts`);
    writeFileSync(file, mutant.source);
    const built = mutant.path.replace('/src/', '/dist/').replace(/\.ts$/, '.js');
    const env = {
      ...process.env,
      KAIZEN_EATP_MUTANT: JSON.stringify({ url: pathToFileURL(built).href, source: mutant.path, file }),
    };
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    // A mutant that never ends is caught.
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), seconds * 1_000);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      rmSync(file);
      const reason = signal
        ? 'does not end'
        : output.trim().split('\n').at(-1)?.slice(0, 60) || 'does not load';
      done(code === 0 ? undefined : reason);
    });
  });
}

async function judge(mutant) {
  const { kit, tests } = PARTS[mutant.part];
  const subject = kit(mutant.path);
  const loader = pathToFileURL(join(root, 'scripts/mutation/with-mutant.mjs')).href;
  if (subject) {
    const reason = await run(
      process.execPath,
      ['--import', loader, join(root, 'scripts/mutation/kit.mjs'), ...subject],
      mutant,
      120,
    );
    if (reason !== undefined) return { by: 'suite', reason };
  }
  if (values['without-tests']) return { by: undefined };
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const options = [
    'run',
    '--config',
    join(root, 'scripts/mutation/vitest.config.ts'),
    '--project',
    'memory',
    '--bail',
    '1',
    '--reporter',
    'dot',
    '--typecheck.enabled=false',
  ];
  const failed = await run(process.execPath, [vitest, ...options, ...tests(mutant.path)], mutant, 300);
  return failed === undefined ? { by: undefined } : { by: 'tests', reason: failed };
}

const parts = Object.keys(PARTS).filter((name) => values.only === undefined || name === values.only);
const all = parts.flatMap((part) =>
  filesIn(PARTS[part].folder).flatMap((path) =>
    mutantsOf(path, readFileSync(path, 'utf8')).map((mutant) => ({ ...mutant, part })),
  ),
);
const chosen = sampleOf(all, Number(values.sample)).map((mutant, number) => ({ ...mutant, number }));
console.log(`${chosen.length} of ${all.length} mutants of ${parts.join(', ')}`);

// The unchanged sources must pass, or every mutant would seem to be caught.
for (const part of parts) {
  const path = filesIn(PARTS[part].folder).find((file) => PARTS[part].kit(file) ?? part === 'postgres');
  const unchanged = { part, path, source: readFileSync(path, 'utf8'), number: part };
  const { by, reason } = await judge(unchanged);
  if (by)
    throw new Error(
      `The unchanged sources of ${part} do not pass (${by}: ${reason ?? ''}). Build first: npm run build`,
    );
}

const results = [];
const queue = [...chosen];
async function worker() {
  for (let mutant = queue.shift(); mutant && Date.now() < until; mutant = queue.shift()) {
    const { by, reason } = await judge(mutant);
    results.push({ mutant, by });
    const where = `${mutant.path.slice(root.length)}:${mutant.line}`;
    console.log(
      `${by ? `caught by the ${by}` : 'SURVIVES'}\t${mutant.operator}\t${where}\t${mutant.was}\t${reason ?? ''}`,
    );
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
rmSync(place, { recursive: true, force: true });

const count = (by) => results.filter((result) => result.by === by).length;
const caught = results.length - count(undefined);
console.log(
  `${results.length} judged, ${chosen.length - results.length} not for lack of time: ${count('suite')} caught by the suites, ${count('tests')} by the tests, ${count(undefined)} survive (${((100 * caught) / results.length).toFixed(1)} % caught)`,
);
