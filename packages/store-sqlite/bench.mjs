// Prints what a trusted step costs in units of one bare insert with a full sync, in the same database, and what
// committing together gives. Run after a build: node packages/store-sqlite/bench.mjs [folder] [anchors]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  definePattern,
  linkHash,
  TRAIL_START,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'eatp-bench-'));
const anchors = Number(process.argv[3] ?? 200_000);
const path = join(folder, 'trust.db');
const store = new SqliteTrustStore({ path });
const trust = new TrustOperations({ store });
const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
const alice = new TrustedAgent({ name: 'alice', agent: { run: async (input) => input }, trust });
await alice.establishTrust({ authorityId, capabilities: ['work'] });

const STEPS = 50;
const steps = definePattern({
  name: 'steps',
  async execute({ agents, invoke }) {
    for (let i = 0; i < STEPS; i++) await invoke(agents[0], 'x');
  },
});
const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns: [steps] });
const run = () => runtime.execute('x', { pattern: 'steps' });

const db = new Database(path);
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
const insert = db.prepare('INSERT INTO bare (text) VALUES (?)');
const text = 'x'.repeat(1_000);

const perSecond = (count, start) => count / ((performance.now() - start) / 1_000);
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Rounds in turn, so that what else the machine does falls on all alike. */
async function measure(rounds = 9) {
  const rates = { bare: [], one: [], many: [] };
  for (let round = 0; round < rounds; round++) {
    let start = performance.now();
    for (let i = 0; i < 200; i++) insert.run(text);
    rates.bare.push(perSecond(200, start));
    start = performance.now();
    for (let i = 0; i < 4; i++) await run();
    rates.one.push(perSecond(4 * STEPS, start));
    start = performance.now();
    await Promise.all(Array.from({ length: 64 }, run));
    rates.many.push(perSecond(64 * STEPS, start));
  }
  return Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, median(values)]));
}

function report(title, { bare, one, many }) {
  console.log(`${title}
  bare inserts, full sync      ${bare.toFixed(0)}/s
  steps of one run             ${one.toFixed(0)}/s: a step costs ${(bare / one).toFixed(2)} bare inserts (at most 3)
  steps of 64 runs at once     ${many.toFixed(0)}/s: ${(many / one).toFixed(2)} times one run (at least 4)`);
}

await run();
const empty = await measure();
report('an empty store', empty);

const fill = new Database(path);
fill.pragma('synchronous = OFF');
const append = fill.prepare(
  'INSERT INTO eatp_trail (trail_id, sequence, previous_hash, hash, anchor_id, agent_id, text) VALUES (?, ?, ?, ?, ?, ?, ?)',
);
fill.transaction(() => {
  for (let i = 0; i < anchors / 50; i++) {
    let previous = TRAIL_START;
    for (let sequence = 1; sequence <= 50; sequence++) {
      const hash = linkHash(previous, text);
      append.run(
        `run-${hash.slice(0, 8)}-${i}`,
        sequence,
        previous,
        hash,
        `aud-${i}-${sequence}`,
        'agent-alice',
        text,
      );
      previous = hash;
    }
  }
})();
fill.pragma('wal_checkpoint(TRUNCATE)');
fill.close();
const full = await measure();
report(`a store with ${anchors} anchors more`, full);
console.log(
  `  a step costs ${(empty.one / full.one).toFixed(2)} times what it did (at most 1.10), a bare insert ${(empty.bare / full.bare).toFixed(2)} times`,
);
db.close();
await trust.close();
rmSync(folder, { recursive: true });
