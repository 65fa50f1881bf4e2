import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const pythonFile = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../python/bridge/${name}`, import.meta.url));

/** The interpreter that has what is measured; made by `npm run bench` in the root. */
export const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

/**
 * Starts a peer, which ends when its standard input does: at the latest with this process.
 * @param {string} script
 * @param {string[]} args
 */
export function startPython(script, ...args) {
  const child = spawn(PYTHON, ['-B', pythonFile(script), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('close', resolve));
  child.once('error', (cause) => {
    throw new Error(`${PYTHON} cannot be started; npm run bench in the root makes it`, { cause });
  });
  return {
    pids: [/** @type {number} */ (child.pid)],
    /** @returns {Promise<string>} the line that it prints when it is ready */
    async ready() {
      for await (const line of createInterface({ input: child.stdout })) return line;
      throw new Error(`${script} ended before it was ready`);
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
