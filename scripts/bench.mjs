// Sets up everything that is measured, heavy peers included, and runs the benchmark. Arguments go to it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const env = { ...process.env, KAIZEN_PYTHON: process.env.KAIZEN_PYTHON ?? `${root}.venv/bin/python` };

run('node', ['scripts/setup.mjs'], root);
if (
  !existsSync(`${root}bench/node_modules/@mastra/core`) ||
  !existsSync(`${root}bench/node_modules/@grpc/grpc-js`)
)
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], `${root}bench`);
once(`${root}bench/python/bridge/requirements.txt`, `${root}bench/.venv`, (requirements, venv) => {
  run(env.KAIZEN_PYTHON, ['-m', 'venv', '--clear', venv], root);
  const quiet = ['--quiet', '--disable-pip-version-check'];
  run(`${venv}/bin/python`, ['-m', 'pip', 'install', ...quiet, '-r', requirements], `${root}bench`);
});
run('node', ['--expose-gc', 'src/main.js', ...process.argv.slice(2)], `${root}bench`);

/** Skips what was done from the same file before; a copy of it lies in what was made. */
function once(from, made, work) {
  const stamp = `${made}/made-from`;
  const wanted = readFileSync(from, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  work(from, made);
  writeFileSync(stamp, wanted);
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
