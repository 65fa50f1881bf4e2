import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./durable/measure-durable.js', import.meta.url));

/**
 * Measures durable runs in a process of its own, whose heap nothing else fills.
 * @param {import('./effort.js').Scale} scale
 * @returns {Promise<import('./durable/measure-durable.js').DurableTimes>}
 */
export async function measureDurable(scale) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, scale], {
    timeout: 600_000,
  });
  return JSON.parse(stdout);
}
