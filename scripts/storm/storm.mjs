// Runs of all kinds while workers are killed and stopped, and the database server is killed. See --help.
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateKeyPair, TrustAwareOrchestrationRuntime } from '@kaizen-eatp/core';
import { EmbeddedServer } from '../../packages/store-postgres/test/server/embedded-server.ts';
import { actsOf, problemsOf } from './judge.mjs';
import { kindsOf, openWorld, spawnCounter } from './world.mjs';

const HELP = `npm run storm -- [options]
  --store postgres|sqlite   default postgres: 3 workers; sqlite: one of 3 processes executes, the others stand by
  --runs 300  --kills 100  --stops 30  --server-kills 10 (0 with sqlite)  --seed 1
Ends with 0 if every run ended as it would have without faults.`;

const { values: given } = parseArgs({
  options: {
    ...{ store: { type: 'string', default: 'postgres' }, help: { type: 'boolean' } },
    ...{ runs: { type: 'string', default: '300' }, kills: { type: 'string', default: '100' } },
    ...{ stops: { type: 'string', default: '30' }, 'server-kills': { type: 'string', default: '10' } },
    seed: { type: 'string', default: '1' },
  },
});
if (given.help) {
  console.log(HELP);
  process.exit(0);
}
const isPostgres = given.store === 'postgres';
const [runs, kills, stops] = [Number(given.runs), Number(given.kills), Number(given.stops)];
const serverKills = isPostgres ? Number(given['server-kills']) : 0;
const MOST_OPEN = 24;

/** Mulberry32: the same faults in the same order for the same seed. */
let state = Number(given.seed) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

const venv = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const python = process.env.KAIZEN_PYTHON ?? (existsSync(venv) ? venv : undefined);
const folder = mkdtempSync(join(tmpdir(), 'eatp-storm-'));
const server = isPostgres ? await EmbeddedServer.start() : undefined;
const place = { folder, ...(server && { url: server.url }), python, pythonKey: generateKeyPair().privateKey };
const script = fileURLToPath(new URL('./worker.mjs', import.meta.url));
const children = new Set();
const startedAt = Date.now();
const say = (text) => console.log(`${((Date.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}`);

function startWorker() {
  const child = fork(script, [JSON.stringify(place)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.ready = new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', resolve);
  });
  child.gone = new Promise((resolve) => child.once('exit', resolve));
  children.add(child);
  child.gone.then(() => children.delete(child));
  return child;
}

/** Tries until the server is there again. */
async function insist(work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error.code !== 'STORE_FAILED') throw error;
      await pause(300);
    }
  }
}

const world = await openWorld(place);
const authority = await world.trust.createEnterpriseAuthority({ name: 'Storm' });
place.authorityId = authority.id;
await world.establish(authority.id);
if (python) {
  const joined = await spawnCounter(world.trust, place);
  world.agents.push(...Object.values(joined.agents));
  await joined.close();
}
const kinds = kindsOf(python !== undefined);
const names = Object.keys(kinds);
const runtime = new TrustAwareOrchestrationRuntime(world.options);
const submit = async (runId, kind) => {
  const { input, ...options } = kinds[kind];
  const wanted = { ...options, runId, taskId: `task-${kind}` };
  await insist(() => runtime.submit(input, wanted)).catch((error) => {
    // The commit whose answer was lost had been applied.
    if (error.code !== 'STORE_CONFLICT') throw error;
  });
  return runtime.attach(runId);
};
const ended = async (run) => {
  for (;;) {
    const { state: at } = await insist(() => run.status());
    if (['succeeded', 'failed', 'cancelled', 'withheld'].includes(at)) return at;
    await pause(400);
  }
};

let exitCode = 0;
try {
  const workers = [startWorker(), startWorker(), startWorker()];
  await Promise.all(workers.map(({ ready }) => ready));
  say(`3 workers, ${names.length} kinds of runs${python ? ', with Python' : ', without Python'}`);

  // As it is without faults.
  const expected = {};
  await Promise.all(
    names.map(async (kind) => {
      const run = await submit(`control-${kind}`, kind);
      const at = await ended(run);
      if (at !== 'succeeded')
        throw new Error(`${kind} ${at} without any fault: ${(await run.status()).note}`, {
          cause: await run.result().catch((error) => error),
        });
      expected[kind] = { result: await run.result(), acts: await actsOf(world.store, run.runId) };
    }),
  );
  say('every kind has ended once without faults');

  const faults = [
    ...Array.from({ length: kills }, () => 'kill'),
    ...Array.from({ length: stops }, () => 'stop'),
    ...Array.from({ length: serverKills }, () => 'server'),
  ];
  for (let i = faults.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [faults[i], faults[j]] = [faults[j], faults[i]];
  }

  const submitted = [];
  const states = new Map();
  let done = 0;
  let open = 0;
  const storm = (async () => {
    const woken = [];
    for (const fault of faults) {
      await pause(400 + random() * 1_200);
      if (fault === 'server') {
        server.kill();
        await pause(500 + random() * 1_000);
        await server.restart();
      } else {
        const at = Math.floor(random() * workers.length);
        const worker = workers[at];
        await worker.ready;
        if (fault === 'kill') {
          worker.kill('SIGKILL');
          await worker.gone;
          workers[at] = startWorker();
        } else {
          // Short: nothing notices. Long: its runs are taken over, and it must write nothing when it wakes.
          const length = random() < 0.5 ? 1_000 : 15_000;
          worker.kill('SIGSTOP');
          woken.push(pause(length).then(() => worker.kill('SIGCONT')));
        }
      }
      done += 1;
      if (done % 20 === 0)
        say(`${done} of ${faults.length} faults, ${submitted.length} runs submitted, ${open} open`);
    }
    await Promise.all(woken);
  })();

  const watching = [];
  for (let i = 0; i < runs; i += 1) {
    // So that runs are in progress at every fault until the last one.
    while (open >= MOST_OPEN || i > MOST_OPEN + (runs * done) / faults.length) await pause(50);
    const kind = names[i % names.length];
    const runId = `storm-${given.seed}-${i}`;
    open += 1;
    const run = await submit(runId, kind);
    submitted.push({ run, kind, runId });
    watching.push(
      ended(run).then((at) => {
        states.set(runId, at);
        open -= 1;
      }),
    );
  }
  await storm;
  say(`all ${faults.length} faults are over, ${open} runs open`);
  await Promise.all(watching);
  say('every run has ended');
  const log = new Set(readFileSync(join(folder, 'acts.log'), 'utf8').split('\n').filter(Boolean));
  const { problems, figures } = await problemsOf(world, submitted, states, expected, log);
  for (const problem of problems.slice(0, 30)) say(`PROBLEM ${problem}`);
  say(
    JSON.stringify({
      store: given.store,
      seed: Number(given.seed),
      runs,
      kills,
      stops,
      serverKills,
      ...figures,
      problems: problems.length,
    }),
  );
  exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error);
  exitCode = 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(Array.from(children, ({ gone }) => gone));
  await world.engine?.close().catch(() => undefined);
  await world.store.close().catch(() => undefined);
  await server?.stop().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(exitCode);
