// Runs the tests of the Python half with several versions of Python, each in a throw-away virtual environment with all that
// `npm run setup` installs:
//
//   node scripts/try-python.mjs python3.12 /opt/python-3.13/bin/python
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const interpreters = process.argv.slice(2);
if (interpreters.length === 0 || interpreters.some((name) => name.startsWith('-'))) {
  console.error('Name the interpreters, for instance: node scripts/try-python.mjs python3.12 python3.13');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'try-python-'));

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (error) console.error(`${command} cannot be run: ${error.message}`);
  return status === 0;
}

/** One version, from a new environment to the end of the tests. */
function attempt(interpreter, venv) {
  const python = join(venv, 'bin', 'python');
  const install = ['-m', 'pip', 'install', '--quiet', '-r', 'interop/python/requirements.txt'];
  const test = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'];
  return (
    run(interpreter, ['-m', 'venv', venv], root) &&
    run(python, install, root) &&
    run(python, test, join(root, 'packages/bridge-python/python'))
  );
}

try {
  const failed = interpreters.filter((interpreter, i) => !attempt(interpreter, join(folder, String(i))));
  for (const interpreter of interpreters)
    console.log(`${failed.includes(interpreter) ? 'BAD' : 'ok '} ${interpreter}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
