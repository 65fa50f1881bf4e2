// What trust costs over PostgreSQL: node packages/store-postgres/bench.mjs [--anchors 1000000]
// Ratios of one run on one machine; the server is the embedded one, or that of DATABASE_URL. Needs a built `dist`.
import { parseArgs } from 'node:util';
import {
  definePattern,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { EmbeddedServer } from './test/server/embedded-server.ts';

const { values } = parseArgs({ options: { anchors: { type: 'string', default: '1000000' } } });
const STEPS = 20;
const embedded = process.env.DATABASE_URL ? undefined : await EmbeddedServer.start();
const url = process.env.DATABASE_URL ?? embedded.url;
const schema = `bench_${process.pid}`;
const admin = new pg.Client({ connectionString: url });
try {
  await admin.connect();
  await measure();
} finally {
  await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`).catch(() => undefined);
  await admin.end().catch(() => undefined);
  await embedded?.stop();
}

async function measure() {
  const store = await PostgresTrustStore.open({ connectionString: url, schema });
  const trust = new TrustOperations({ store });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const alice = new TrustedAgent({ name: 'alice', agent: (input) => input, trust });
  await alice.establishTrust({ authorityId, capabilities: ['work'] });
  const steps = definePattern({
    name: 'steps',
    async execute({ agents, invoke }) {
      for (let i = 0; i < STEPS; i++) await invoke(agents[0], i);
    },
  });
  const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns: [steps] });
  const run = () => runtime.execute('go', { pattern: 'steps' });
  const one = async (runs) => {
    const started = performance.now();
    for (let i = 0; i < runs; i++) await run();
    return (performance.now() - started) / runs / STEPS;
  };
  const many = async (atOnce, rounds) => {
    const started = performance.now();
    for (let i = 0; i < rounds; i++) await Promise.all(Array.from({ length: atOnce }, run));
    return (performance.now() - started) / rounds / atOnce / STEPS;
  };

  await admin.query(`CREATE TABLE ${schema}.bare (id bigserial PRIMARY KEY, text text NOT NULL)`);
  const text = 'x'.repeat(1_200);
  const bare = async (count) => {
    const started = performance.now();
    const insert = { name: 'bare', text: `INSERT INTO ${schema}.bare (text) VALUES ($1)`, values: [text] };
    for (let i = 0; i < count; i++) await admin.query(insert);
    return (performance.now() - started) / count;
  };

  await one(20);
  await bare(400);
  await many(64, 2);
  // In turns, so that what else the machine does falls on all alike.
  const rounds = [];
  for (let i = 0; i < 5; i++)
    rounds.push({ bare: await bare(400), one: await one(15), many: await many(64, 2) });
  const median = (pick) => rounds.map(pick).sort((a, b) => a - b)[2];
  const [insert, step, crowd] = [median((r) => r.bare), median((r) => r.one), median((r) => r.many)];
  show('bare single-row insert', insert);
  show('trusted step, one run', step, `${(step / insert).toFixed(2)} × the insert`);
  show(
    'trusted step, 64 runs at once',
    crowd,
    `${(step / crowd).toFixed(2)} × the steps per second of one run`,
  );

  const anchors = Number(values.anchors);
  if (anchors > 0) {
    await admin.query('SET statement_timeout = 0');
    await admin.query(
      `INSERT INTO ${schema}.trail SELECT 'old-' || n / 50, n % 50 + 1, md5(n::text), md5(n::text), 'aud-' || n,
       'agent-alice', $1 FROM generate_series(50, $2) AS n`,
      [text, anchors],
    );
    await admin.query(`VACUUM ANALYZE ${schema}.trail`);
    await admin.query('CHECKPOINT');
    await one(20);
    const later = [];
    for (let i = 0; i < 5; i++) later.push(await one(15));
    const full = later.sort((a, b) => a - b)[2];
    show(
      `trusted step with ${anchors} anchors stored`,
      full,
      `${((full / step - 1) * 100).toFixed(0)} % beyond the empty store`,
    );
  }
  await store.close();
}

function show(what, milliseconds, ratio = '') {
  console.log(`${what.padEnd(48)} ${milliseconds.toFixed(3).padStart(8)} ms  ${ratio}`);
}
