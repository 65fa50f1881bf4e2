import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./bridge/run-bridge.js', import.meta.url));

/**
 * Measures calls over the bridge in a process of its own, so that nothing else has a part in it.
 * @param {import('./effort.js').Scale} scale
 * @returns {Promise<import('./bridge/measure-bridge.js').BridgeTimes>}
 */
export async function measureBridge(scale) {
  const args = ['--expose-gc', script, scale];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 900_000 });
  return JSON.parse(stdout);
}
