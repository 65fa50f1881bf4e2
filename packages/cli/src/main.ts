#!/usr/bin/env node
import { EXIT } from './exit-codes.js';
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
process.exitCode = await runCli({
  args: process.argv.slice(2),
  signal: cancel.signal,
  onTerminal: (terminal) => {
    // A reader such as `head` that has seen enough is no failure.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      terminal.closed();
    });
    process.stderr.on('error', () => undefined);
  },
});
