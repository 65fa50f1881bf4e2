import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TemporalEngine } from '@kaizen-eatp/engine-temporal';
import { Connection } from '@temporalio/client';
import { whyNone } from '../../../scripts/temporal/binary.mjs';
import { startTemporal } from '../../../scripts/temporal/server.mjs';

const script = fileURLToPath(new URL('./worker-process.js', import.meta.url));
/** How often each is tried; a machine falls silent at another moment between two heartbeats every time. */
const TRIES = { full: 10, quick: 4, smoke: 1 };

/** @typedef {{ how: string, seconds: number }} TakeOver  The longest of some. */

/**
 * How long it takes until another machine executes the run of one that died or fell silent, on Temporal.
 * @param {import('../effort.js').Scale} scale
 * @param {(line: string) => void} log
 * @returns {Promise<TakeOver[] | undefined>} undefined where there is no server
 */
export async function measureTakeOver(scale, log) {
  const none = whyNone();
  if (none !== undefined) {
    log(`  left out: ${none}`);
    return undefined;
  }
  const server = await startTemporal(Connection);
  /** @type {TakeOver[]} */
  const measured = [];
  try {
    for (const how of /** @type {const} */ (['SIGKILL', 'SIGSTOP'])) {
      const seconds = [];
      for (let i = 0; i < TRIES[scale]; i++) seconds.push(await takeOver(server.address, how));
      log(`  ${how}: ${seconds.map((each) => each.toFixed(1)).join(', ')} s`);
      measured.push({ how, seconds: Math.max(...seconds) });
    }
    return measured;
  } finally {
    await server.stop();
  }
}

/**
 * Both workers ask for further runs, so the one that falls silent leaves a request behind.
 * @param {string} address
 * @param {NodeJS.Signals} how
 */
async function takeOver(address, how) {
  const options = { address, queue: `bench-${randomUUID()}` };
  const engine = await TemporalEngine.open(options);
  const workers = [0, 1].map(() =>
    fork(script, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );
  const ended = workers.map((worker) => once(worker, 'exit'));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const takers = workers.map((worker) => once(worker, 'message').then(() => worker));
    await engine.enqueue('run-1');
    const first = await Promise.race(takers);
    // Somewhere between two heartbeats.
    await new Promise((resolve) => setTimeout(resolve, 1_000 + Math.random() * 1_000));
    const start = performance.now();
    first.kill(how);
    await takers[workers[0] === first ? 1 : 0];
    return (performance.now() - start) / 1000;
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(ended);
    await engine.close();
  }
}
