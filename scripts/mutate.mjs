// Mutates the nine patterns and the stores, and prints which mutants the conformance suites and the tests catch.
//
//   node scripts/mutate.mjs [--sample 300] [--minutes 60] [--only patterns|memory|sqlite|postgres] [--file part-of-a-path]
//                           [--without-tests] [--results file [--again]]
//
// Build first: npm run build. It is not part of CI, since it takes half an hour or more. No file of the repository is
// changed: a mutant takes the place of its file when the file is loaded. With --results, what was judged is kept in a file
// and not judged again; with --again, the survivors in it are.

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { compilerOf, javaScriptOf } from './mutation/compiles.mjs';
import { whyEquivalent } from './mutation/equivalents.mjs';
import { SuiteHelper, TestHelper } from './mutation/helpers.mjs';
import { mutantsOf } from './mutation/operators.mjs';
import { PARTS, sourcesOf } from './mutation/parts.mjs';
import { scratch } from './mutation/places.mjs';
import { serverFor } from './mutation/server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    sample: { type: 'string', default: '300' },
    minutes: { type: 'string', default: '60' },
    jobs: { type: 'string', default: String(Math.max(1, Math.floor(availableParallelism() / 2))) },
    only: { type: 'string' },
    file: { type: 'string' },
    results: { type: 'string' },
    again: { type: 'boolean', default: false },
    'without-tests': { type: 'boolean', default: false },
  },
});

const PACKAGES = { patterns: 'patterns', memory: 'core', sqlite: 'store-sqlite', postgres: 'store-postgres' };
/** How long a mutant may take, in seconds: more than this, and more than so many times the unchanged sources. */
const LEAST = 15;
const TIMES = 8;
const TESTS_AT_MOST = 8;

/** The same choice in every run, in an order that mixes the files, so that a run that ends early is a fair sample, too. */
function shuffled(mutants) {
  const order = [...mutants];
  for (let i = order.length - 1, state = 17; i > 0; i -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

const compilers = new Map();
const left = { refused: 0, equivalent: [] };

/** Whether a mutant is judged: it compiles, since what a compiler refuses no author publishes, and it can be observed. */
function isToBeJudged(mutant) {
  const reason = whyEquivalent(mutant);
  if (reason) left.equivalent.push({ ...mutant, reason });
  if (reason) return false;
  const name = PACKAGES[mutant.part];
  if (!compilers.has(name)) compilers.set(name, compilerOf(join(root, 'packages', name)));
  const compiles = compilers.get(name).accepts(mutant.path, mutant.source);
  if (!compiles) left.refused += 1;
  return compiles;
}

const where = ({ path, line }) => `${path.slice(root.length)}:${line}`;
const keyOf = ({ path, source }) =>
  createHash('sha256').update(`${path}\n${source}`).digest('hex').slice(0, 20);

const parts = Object.keys(PARTS).filter((name) => values.only === undefined || name === values.only);
const all = parts.flatMap((part) =>
  sourcesOf(part)
    .filter((path) => path.includes(values.file ?? ''))
    .flatMap((path) => mutantsOf(path, readFileSync(path, 'utf8')).map((mutant) => ({ ...mutant, part }))),
);
const candidates = shuffled(all);
console.log(`${all.length} mutants of ${parts.join(', ')}`);

const place = scratch();
const server = await serverFor(parts);
const suites = Array.from({ length: Number(values.jobs) }, () => new SuiteHelper());
const tests = new TestHelper();
const setup = { server: server.url, place };

/** Writes the built form of a mutant, as what runs it finds it. */
function built({ path, source }, number) {
  const url = pathToFileURL(path.replace('/src/', '/dist/').replace(/\.ts$/, '.js')).href;
  const file = join(place, `${number}.mjs`);
  const code = javaScriptOf(source);
  writeFileSync(file, code);
  return { url, file, code };
}

async function askSuite({ part, path }, form, seconds, suite = suites[0]) {
  const subjects = PARTS[part].subjects(path);
  if (subjects.length === 0) return undefined;
  const { failed } = await suite.ask({ part, subjects, ...form, setup }, seconds);
  return failed;
}

const knownTests = new Map();

/** Whether a test passes with the unchanged sources on this machine. */
async function isSound(test) {
  if (!knownTests.has(test)) {
    const { failed } = await tests.ask({ tests: [test] }, 300);
    knownTests.set(test, failed === undefined);
    if (failed)
      console.log(`left out: ${test.slice(root.length)} fails with the unchanged sources (${failed})`);
  }
  return knownTests.get(test);
}

async function askTests({ part, path }, { url, file }) {
  for (const test of PARTS[part].tests(path).slice(0, TESTS_AT_MOST)) {
    if (knownTests.get(test) === false) continue;
    const { failed } = await tests.ask({ url, file, tests: [test] }, 120);
    if (failed && (await isSound(test))) return `${failed} (${test.slice(root.length)})`;
  }
  return undefined;
}

/** How long the suite takes with the unchanged sources, which must pass, or every mutant would seem to be caught. */
async function limitOf(part) {
  const paths = sourcesOf(part);
  const widest = paths.reduce((a, b) =>
    PARTS[part].subjects(b).length > PARTS[part].subjects(a).length ? b : a,
  );
  const start = Date.now();
  const form = built({ path: widest, source: readFileSync(widest, 'utf8') }, part);
  const failed = await askSuite({ part, path: widest }, form, 300);
  if (failed)
    throw new Error(`The unchanged sources of ${part} do not pass (${failed}). Build first: npm run build`);
  return Math.max(LEAST, (TIMES * (Date.now() - start)) / 1_000);
}

const limits = {};

async function judge(mutant, number, suite) {
  const form = built(mutant, number);
  try {
    const failed = await askSuite(mutant, form, limits[mutant.part], suite);
    if (failed) return { by: 'suite', reason: failed };
    if (values['without-tests']) return { by: undefined };
    const reason = await askTests(mutant, form);
    return reason ? { by: 'tests', reason } : { by: undefined };
  } finally {
    rmSync(form.file);
  }
}

const judged = new Map();
if (values.results && existsSync(values.results)) {
  for (const line of readFileSync(values.results, 'utf8').split('\n').filter(Boolean)) {
    const { key, by, reason } = JSON.parse(line);
    if (by || !values.again) judged.set(key, { by, reason });
    else judged.delete(key);
  }
}

const until = Date.now() + Number(values.minutes) * 60_000;
const results = [];
let chosen = 0;

function nextMutant() {
  while (candidates.length > 0 && chosen < Number(values.sample) && Date.now() < until) {
    const mutant = candidates.shift();
    if (!isToBeJudged(mutant)) continue;
    chosen += 1;
    return mutant;
  }
  return undefined;
}

async function worker(suite) {
  for (let mutant = nextMutant(); mutant; mutant = nextMutant()) {
    const key = keyOf(mutant);
    const known = judged.get(key);
    const { by, reason } = known ?? (await judge(mutant, chosen, suite));
    results.push({ mutant, by, reason });
    if (values.results && !known) appendFileSync(values.results, `${JSON.stringify({ key, by, reason })}\n`);
    if (!known || !by)
      console.log(
        `${by ? `caught by the ${by}` : 'SURVIVES'}\t${mutant.operator}\t${where(mutant)}\t${mutant.was}\t${reason ?? ''}`,
      );
  }
}
try {
  for (const part of parts) limits[part] = await limitOf(part);
  await Promise.all(suites.map(worker));
} finally {
  for (const suite of suites) suite.end();
  tests.end();
  await server.stop();
  rmSync(place, { recursive: true, force: true });
}

const count = (by, part) =>
  results.filter((result) => result.by === by && (!part || result.mutant.part === part)).length;
const share = (caught, of) => (of === 0 ? 'none' : `${((100 * caught) / of).toFixed(1)} %`);
for (const part of parts) {
  const [bySuite, byTests, survive] = ['suite', 'tests', undefined].map((by) => count(by, part));
  const sum = bySuite + byTests + survive;
  console.log(
    `${part}: ${sum} judged, ${bySuite} caught by the suite, ${byTests} by the tests, ${survive} survive (${share(sum - survive, sum)})`,
  );
}
for (const { reason, ...mutant } of left.equivalent)
  console.log(`changes nothing\t${mutant.operator}\t${where(mutant)}\t${mutant.was}\t${reason}`);
console.log(
  `left out: ${left.refused} that do not compile, ${left.equivalent.length} that change nothing that can be observed`,
);
console.log(
  `${results.length} judged: ${count('suite')} caught by the suites, ${count('tests')} by the tests, ${count(undefined)} survive (${share(results.length - count(undefined), results.length)} caught)`,
);
process.exit(0);
