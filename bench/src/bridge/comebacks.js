import { spawnEcho } from './peers/ours.js';

/** @typedef {{ how: string, seconds: number }} Comeback */

/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ['SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGSTOP'];

/**
 * How long it takes until a call is answered again after a worker was ended.
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<Comeback[]>}
 */
export async function measureComebacks(scale) {
  const bridgeOptions = { heartbeat: 500, grace: 1_000 };
  const python = await spawnEcho({ verify: 'signature', bridgeOptions });
  const { bridge } = python;
  const call = () => python.agents.echo.run('hello', { standalone: true });
  /** @type {Comeback[]} */
  const measured = [];
  try {
    await call();
    for (const how of scale === 'smoke' ? SIGNALS.slice(0, 1) : SIGNALS) {
      const left = new Promise((resolve) =>
        bridge.on(how === 'SIGSTOP' ? 'interrupted' : 'workerLeft', resolve),
      );
      const start = performance.now();
      process.kill(/** @type {number} */ (python.pids.at(-1)), how);
      await left;
      await call();
      const name = how === 'SIGSTOP' ? 'SIGSTOP, given up 1 s after three heartbeats of 0.5 s' : how;
      measured.push({ how: name, seconds: (performance.now() - start) / 1000 });
    }
    return measured;
  } finally {
    await python.close();
  }
}
