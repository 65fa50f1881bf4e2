// Sets up everything that is measured, heavy peers included, and runs the benchmark. Arguments go to it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const env = { ...process.env, KAIZEN_PYTHON: process.env.KAIZEN_PYTHON ?? `${root}.venv/bin/python` };

run('node', ['scripts/setup.mjs'], root);
if (!existsSync(`${root}bench/node_modules/@mastra/core`))
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], `${root}bench`);
run('node', ['--expose-gc', 'src/main.js', ...process.argv.slice(2)], `${root}bench`);

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
