// The main job on real input: agents in TypeScript, then a team in both languages, each with the reference's verdict.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

step('Two agents analyse a quarter of transactions', 'node', ['examples/basic/src/main.ts']);
step('The Python reference checks what they left behind', '.venv/bin/python', [
  'interop/python/verify_receipt.py',
  'examples/basic/out/receipt.json',
]);
step('Kaizen agents from a Python file join a team, as they are', 'node', [
  'examples/mixed-team/src/main.ts',
]);
for (const run of ['review', 'debate']) {
  step(`The Python reference checks the ${run}`, '.venv/bin/python', [
    'interop/python/verify_receipt.py',
    `examples/mixed-team/out/${run}-receipt.json`,
  ]);
}
console.log('\nThe report and its receipt are in examples/basic/out/.');

function step(title, command, args) {
  console.log(`\n── ${title} ──\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
