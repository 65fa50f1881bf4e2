import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { efforts } from './effort.js';
import { all } from './peer.js';
import { legend, rows } from './rows.js';
import { runBenchmark } from './run.js';
import { storeIds } from './stores.js';
import { misses, table } from './table.js';

/** What can be left out besides the peers and the stores. */
const others = [
  'bridge',
  'crowd',
  'memory',
  'growth',
  'finding',
  'subtasks',
  'text',
  'receipt',
  'conformance',
  'viewer',
  'takeover',
  'durable',
];

function parse() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
    },
  });
  const unknown = values.without.find((id) => ![...all, ...others, ...storeIds].includes(id));
  if (unknown) throw new Error(`--without ${unknown}: there is no such peer`);
  // The bytes that bare-ed25519 signs are those of a run of ours.
  return values.without.includes('ours') ? { ...values, without: [...values.without, 'bare'] } : values;
}

async function main() {
  const { quick, smoke, without, json } = parse();
  const scale = smoke ? 'smoke' : quick ? 'quick' : 'full';
  const machine = `Node ${process.version} on ${cpus().length} x ${cpus()[0]?.model}`;
  const measured = await runBenchmark({
    effort: efforts[scale],
    without,
    log: (line) => console.error(line),
  });
  const result = rows(measured);

  console.log(`\n${table(result)}\n`);
  const missed = misses(result);
  if (missed.length > 0) console.log(`${missed.join('\n')}\n`);
  console.log([legend, machine, ...measured.versions].join('\n'));
  if (json) {
    const report = {
      machine,
      scale,
      rows: result,
      ...measured,
    };
    const plain = (_, value) => (value instanceof Map ? Object.fromEntries(value) : value);
    await writeFile(json, `${JSON.stringify(report, plain, 2)}\n`);
  }
}

// A missed target does not end in failure: a benchmark informs, and a test decides. What cannot run does.
try {
  await main();
} catch (error) {
  console.error(error);
  process.exit(1); // even if a peer that was set up keeps the process alive
}
