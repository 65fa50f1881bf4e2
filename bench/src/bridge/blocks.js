import { watchLoop } from './loop-watch.js';
import { bareAgents } from './peers/ours.js';

/**
 * @typedef {object} Block  How long a call held each event loop at a time, in milliseconds.
 * @property {string} what
 * @property {number} node
 * @property {number} python
 */

const MANY = 950_000;
const RECORDS = 230_000;
const array = (/** @type {number} */ length, /** @type {(i: number) => unknown} */ item) =>
  Array.from({ length }, (_, i) => item(i));

/** As much as a value can be: a million elements, or 32 MiB. @type {Record<string, () => unknown>} */
const VALUES = {
  'records, 24 MiB': () => array(RECORDS, (i) => ({ i, half: i + 0.5, text: 'x'.repeat(80) })),
  'a million numbers': () => array(MANY, (i) => i + 0.5),
  'a million empty objects': () => array(MANY, () => ({})),
  'a million short texts': () => array(MANY, (i) => `text ${i}`),
  'lists in lists': () => array(MANY / 4, (i) => [[[i]]]),
  'ASCII text, 31 MiB': () => 'a'.repeat(31 * 2 ** 20),
  'CJK text, 31 MiB': () => '\u65e5'.repeat(10 * 2 ** 20),
  'bytes, 31 MiB': () => Buffer.alloc(31 * 2 ** 20),
};
/** The best of these: what else the machine does lengthens a block, and nothing shortens it. */
const TIMES = 4;
/**
 * The longest time for which a call of each value keeps the event loop of either side from anything else.
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<Block[]>}
 */
export async function measureBlocks(scale) {
  const { call, close } = await bareAgents(['echo', 'longest_block']);
  const measured = [];
  try {
    for (const [what, make] of Object.entries(VALUES).slice(0, scale === 'smoke' ? 1 : undefined)) {
      const value = make();
      const block = { what, node: Number.POSITIVE_INFINITY, python: Number.POSITIVE_INFINITY };
      for (let i = 0; i < (scale === 'smoke' ? 1 : TIMES); i += 1) {
        await call('longest_block', null);
        const node = await longestBlock(() => call('echo', value));
        block.node = Math.min(block.node, node);
        block.python = Math.min(block.python, /** @type {number} */ (await call('longest_block', null)));
      }
      measured.push(block);
    }
    return measured;
  } finally {
    await close();
  }
}

/** @param {() => Promise<unknown>} work @returns {Promise<number>} milliseconds */
async function longestBlock(work) {
  const held = watchLoop();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await work();
  await new Promise((resolve) => setTimeout(resolve, 5));
  return Math.max(...held());
}
