// Tries the bridge's worker with several versions of the Python reference, each in a throw-away virtual environment:
//
//   npm run build && npm exec -- node scripts/try-kailash.mjs 2.40 2.62 2.65
//
// A worker must either join and have its calls answered, or refuse to start and name the version to install.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';

const bridge = fileURLToPath(new URL('../packages/bridge-python/', import.meta.url));
const versions = process.argv.slice(2);
if (versions.length === 0) throw new Error('Name versions: try-kailash.mjs 2.40 2.62');
const folder = process.env.KAILASH_VENVS ?? mkdtempSync(join(tmpdir(), 'try-kailash-'));
let hasFailed = false;

/** Makes the environment for a version, unless it is there. */
function pythonWith(version) {
  const venv = join(folder, `v${version}`);
  const python = join(venv, 'bin', 'python');
  if (existsSync(python)) return python;
  execFileSync('python3', ['-m', 'venv', venv]);
  const packages = [`kailash[trust]==${version}.*`, 'websockets>=15', 'msgpack>=1.1', 'pynacl>=1.5'];
  execFileSync(python, ['-m', 'pip', 'install', '-q', '--no-compile', ...packages], { stdio: 'inherit' });
  return python;
}

/** One worker, one call. */
async function attempt(python) {
  const trust = new TrustOperations();
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Versions' });
  const input = { text: 'hello', score: 0.5 };
  try {
    await using workers = await spawnPythonAgents({
      trust,
      authorityId,
      module: join(bridge, 'test', 'python', 'echo_agents.py'),
      agents: ['echo'],
      python,
      env: { PYTHONPATH: join(bridge, 'python') },
      onLog: () => undefined,
    });
    const output = await workers.agents.echo.run(input);
    const { verify, versions: found } = workers.bridge.workers[0];
    const isRight = JSON.stringify(output) === JSON.stringify(input) && verify === 'full';
    return [isRight, `kailash ${found.kailash} works, verify ${verify}`];
  } catch (error) {
    const lines = String(error.message).split('\n');
    const said = lines.find((line) => /this worker needs \d+\.\d+ or later/.test(line));
    return [said !== undefined, `refused to start: ${said ?? lines.join(' ')}`];
  }
}

for (const version of versions) {
  const [isRight, what] = await attempt(pythonWith(version));
  hasFailed ||= !isRight;
  console.log(`${isRight ? 'ok ' : 'BAD'} ${version}: ${what}`);
}
if (!process.env.KAILASH_VENVS) rmSync(folder, { recursive: true });
process.exitCode = hasFailed ? 1 : 0;
