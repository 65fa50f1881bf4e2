// Checks files of golden values: npm run check:vectors -- FILE [FILE …]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const setup = spawnSync('node', ['scripts/setup.mjs', 'packages', 'build'], {
  cwd: root,
  // What setting up says goes where it does not get between the results.
  stdio: ['ignore', 2, 'inherit'],
});
if (setup.status !== 0) process.exit(setup.status ?? 1);
// From where the caller stands, so that relative paths are theirs.
const { status } = spawnSync('node', [`${root}interop/check-vectors.ts`, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
