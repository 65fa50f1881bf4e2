import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The stores that outlive the process, by what `--without` calls them. */
export const storeIds = ['sqlite', 'postgres'];

const NAMES = { sqlite: 'SQLite, full durability', postgres: 'PostgreSQL' };
const script = fileURLToPath(new URL('./stores/run-store.js', import.meta.url));

/**
 * Measures a store in a process of its own, so that nothing else has a part in it.
 * @param {string} id
 * @param {import('./effort.js').Scale} scale
 * @returns {Promise<{ id: string, name: string } & import('./stores/measure-store.js').StoreTimes>}
 */
export async function measure(id, scale) {
  const args = [script, id, scale];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 900_000 });
  return { id, name: NAMES[id], ...JSON.parse(stdout) };
}
