#!/usr/bin/env node
import { EXIT } from './exit-codes.js';
import { clean } from './output/clean.js';
import { runCli } from './run-cli.js';

const cancel = new AbortController();
let interrupts = 0;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(EXIT.CANCELLED);
    cancel.abort();
  });
}
// A reader such as `head` that has seen enough is no failure.
const readerGone = new AbortController();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  readerGone.abort();
});
process.stderr.on('error', () => undefined);
// Node.js prints its process id with a warning, and how to trace it in JavaScript.
process.removeAllListeners('warning');
process.on('warning', ({ message }) => process.stderr.write(`Warning: ${clean(message)}\n`));
process.exitCode = await runCli({
  args: process.argv.slice(2),
  signal: cancel.signal,
  readerGone: readerGone.signal,
});
