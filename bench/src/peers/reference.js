import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const name = 'Python reference';

const script = fileURLToPath(new URL('../../python/reference_bench.py', import.meta.url));

/**
 * Runs the Python script once.
 * @param {{ quick: boolean }} options
 */
export async function measure({ quick }) {
  const python = process.env.KAIZEN_PYTHON;
  if (!python) {
    throw new Error('set KAIZEN_PYTHON to a Python that has kailash[trust], or use --without reference');
  }
  const effort = quick
    ? ['--stores', '2', '--verify-seconds', '1']
    : ['--stores', '6', '--verify-seconds', '2'];
  // -B: no bytecode files beside the script, since a benchmark writes nothing to disk.
  const { stdout } = await promisify(execFile)(python, ['-B', script, ...effort], { timeout: 120_000 });
  const times = JSON.parse(stdout);
  return {
    firstRuns: times.run_first_us,
    after60Runs: times.run_after_60_us,
    verify: times.verify_us,
    version: `kailash ${times.kailash} on Python ${times.python}`,
  };
}
