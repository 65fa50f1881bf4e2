import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const name = 'Python reference';

/** @type {Record<import('../effort.js').Scale, string[]>} */
const EFFORTS = {
  full: ['--stores', '6', '--verify-seconds', '2'],
  quick: ['--stores', '2', '--verify-seconds', '1'],
  smoke: ['--stores', '1', '--verify-seconds', '0.1'],
};
const script = fileURLToPath(new URL('../../python/reference_bench.py', import.meta.url));

/**
 * Runs the Python script once.
 * @param {import('../effort.js').Scale} scale
 */
export async function measure(scale) {
  const python = process.env.KAIZEN_PYTHON;
  if (!python) {
    throw new Error('set KAIZEN_PYTHON to a Python that has kailash[trust], or use --without reference');
  }
  const effort = EFFORTS[scale];
  // -B: no bytecode files beside the script, since a benchmark writes nothing to disk.
  const { stdout } = await promisify(execFile)(python, ['-B', script, ...effort], { timeout: 120_000 });
  const times = JSON.parse(stdout);
  return {
    firstRuns: times.run_first,
    after60Runs: times.run_after_60,
    verify: times.verify,
    version: `kailash ${times.kailash} on Python ${times.python}`,
  };
}
