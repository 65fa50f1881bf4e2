import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { watchLoop } from './loop-watch.js';
import { spawnEcho } from './peers/ours.js';

/**
 * @typedef {object} Flood
 * @property {string} what
 * @property {number} delay  Of the event loop by the work of the bridge, at p99, in milliseconds.
 * @property {number} quietDelay  The same before the flood.
 * @property {number} rate  Honest calls per second.
 * @property {number} quietRate
 */

const KINDS = {
  'half-open': '500 connections per second that say nothing, or stop after the upgrade',
  joins: '50 logins per second that name 256 agents each',
  'slow-logins': '100 logins at a time that send a byte every 50 ms',
  values: 'a worker whose answers are refused: too many elements, too deep, no text, no value',
  large: 'a worker that answers each call with a million empty maps, which are a value',
};
const HONEST = 16;
const PATIENCE = 200;
/** How long each state is watched, in milliseconds. @type {Record<import('../effort.js').Scale, number>} */
const SPANS = { full: 6_000, quick: 3_000, smoke: 200 };

/**
 * What floods of strangers do to honest calls: each from a process of its own, next to a quiet time just before.
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<Flood[]>}
 */
export async function measureFloods(scale) {
  const { agents, bridge, authorityId, close } = await spawnEcho({ verify: 'signature' });
  const measured = [];
  try {
    const span = SPANS[scale];
    await honest(agents.echo, span / 2);
    for (const [kind, what] of Object.entries(KINDS)) {
      const token = await bridge.createEnrolmentToken({ authorityId, agents: { [kind]: {} } });
      const quiet = await honest(agents.echo, span);
      const flood = fork(fileURLToPath(new URL('./flood-process.js', import.meta.url)), [
        kind,
        bridge.url,
        token,
      ]);
      await new Promise((resolve, reject) => {
        flood.once('message', resolve);
        flood.once('exit', () => reject(new Error(`the flood '${kind}' ended by itself`)));
      });
      let isOver = false;
      const stop = new AbortController();
      const hostile =
        kind === 'values' || kind === 'large'
          ? askHostile(bridge.agent(kind), () => isOver, stop.signal)
          : undefined;
      const busy = await honest(agents.echo, span);
      isOver = true;
      stop.abort();
      flood.kill('SIGKILL');
      await hostile;
      measured.push({
        what,
        delay: busy.delay,
        quietDelay: quiet.delay,
        rate: busy.rate,
        quietRate: quiet.rate,
      });
    }
    return measured;
  } finally {
    await close();
  }
}

/** @param {import('@kaizen-eatp/core').TrustedAgent} agent @param {() => boolean} isOver @param {AbortSignal} signal */
async function askHostile(agent, isOver, signal) {
  while (!isOver()) {
    await agent.run('x', { standalone: true, signal }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  }
}

/**
 * @param {import('@kaizen-eatp/core').TrustedAgent} echo
 * @param {number} span
 */
async function honest(echo, span) {
  const held = watchLoop();
  const start = performance.now();
  let calls = 0;
  const caller = async () => {
    while (performance.now() - start < span) {
      await echo.run({ text: 'hello' }, { standalone: true });
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: HONEST }, caller));
  const rate = (calls * 1000) / (performance.now() - start);
  const sorted = held().sort((a, b) => a - b);
  return { rate, delay: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
}
