// The main job on real input: two agents on a quarter's transactions, then the reference's verdict on their trail.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

step('Two agents analyse a quarter of transactions', 'node', ['examples/basic/src/main.ts']);
step('The Python reference checks what they left behind', '.venv/bin/python', [
  'interop/python/verify_receipt.py',
  'examples/basic/out/receipt.json',
]);
console.log('\nThe report and its receipt are in examples/basic/out/.');

function step(title, command, args) {
  console.log(`\n── ${title} ──\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
