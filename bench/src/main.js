import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { all } from './peer.js';
import { legend, rows } from './rows.js';
import { runBenchmark } from './run.js';
import { storeIds } from './stores.js';
import { table } from './table.js';

function parse() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
    },
  });
  const unknown = values.without.find((id) => ![...all, 'bridge', ...storeIds].includes(id));
  if (unknown) throw new Error(`--without ${unknown}: there is no such peer`);
  // The bytes that bare-ed25519 signs are those of a run of ours.
  return values.without.includes('ours') ? { ...values, without: [...values.without, 'bare'] } : values;
}

async function main() {
  const { quick, without, json } = parse();
  const machine = `Node ${process.version} on ${cpus().length} x ${cpus()[0]?.model}`;
  const measured = await runBenchmark({ quick, without, log: (line) => console.error(line) });
  const result = rows(measured);

  console.log(`\n${table(result)}\n`);
  console.log([legend, machine, ...measured.versions].join('\n'));
  if (json) {
    const report = {
      machine,
      quick,
      rows: result,
      ...measured,
      timings: Object.fromEntries(measured.timings),
    };
    await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

// A missed target does not end in failure: a benchmark informs, and a test decides. What cannot run does.
try {
  await main();
} catch (error) {
  console.error(error);
  process.exit(1); // even if a peer that was set up keeps the process alive
}
