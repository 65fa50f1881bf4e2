import { deepStrictEqual } from 'node:assert/strict';

/** The work that every peer does: three agents that do next to nothing, so that what is timed is all around them. */
export const input = { data: [1, 2, 3], note: 'x' };

/** @param {number} n */
const agent =
  (n) =>
  /** @param {object} received */
  async (received) => ({ ...received, step: n });

export const agents = [agent(1), agent(2), agent(3)];

/** @param {unknown} output */
export function checkOutput(output) {
  deepStrictEqual(output, { ...input, step: agents.length });
}
