// Has the pinned reference write a file of golden values: npm run make:vectors -- --seed 7 --out FILE
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const setup = spawnSync('node', ['scripts/setup.mjs', 'python'], { cwd: root, stdio: 'inherit' });
if (setup.status !== 0) process.exit(setup.status ?? 1);
const args = [`${root}interop/python/generate_vectors.py`, ...process.argv.slice(2)];
const { status } = spawnSync(`${root}.venv/bin/python`, args, {
  cwd: process.env.INIT_CWD ?? root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
