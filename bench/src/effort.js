/**
 * How much is measured. `smoke` only shows that every row works; its numbers mean nothing.
 *
 * @typedef {'full' | 'quick' | 'smoke'} Scale
 *
 * @typedef {object} Effort
 * @property {Scale} scale  For what is measured in another process, which has sizes of its own.
 * @property {number} rounds
 * @property {number} roundMs
 * @property {number} warmUpMs
 * @property {number} runs  In a row on one runtime, to see whether they get slower.
 * @property {number} warmUpRuns
 * @property {number} prunedRuns  In a row over a store that drops old runs, to see whether memory grows.
 * @property {number} retainedRuns
 * @property {number} few  Agents of the small deployment.
 * @property {number} many  Agents of the large one.
 * @property {number} firstFindings
 * @property {readonly number[]} sizes  For what is to grow with its size and no faster.
 * @property {number} characters  Of a text in canonical form.
 * @property {{ few: number, many: number }} subtasks
 */

/** @type {Record<Scale, Effort>} */
export const efforts = {
  full: {
    scale: 'full',
    rounds: 15,
    roundMs: 300,
    warmUpMs: 1500,
    runs: 10_000,
    warmUpRuns: 200,
    prunedRuns: 100_000,
    retainedRuns: 1_000,
    few: 1_000,
    many: 100_000,
    firstFindings: 500,
    sizes: [300, 1_000, 3_000],
    characters: 1_000_000,
    subtasks: { few: 100, many: 1_000 },
  },
  quick: {
    scale: 'quick',
    rounds: 5,
    roundMs: 100,
    warmUpMs: 300,
    runs: 2_000,
    warmUpRuns: 200,
    prunedRuns: 10_000,
    retainedRuns: 500,
    few: 1_000,
    many: 10_000,
    firstFindings: 100,
    sizes: [300, 1_000, 3_000],
    characters: 1_000_000,
    subtasks: { few: 100, many: 1_000 },
  },
  smoke: {
    scale: 'smoke',
    rounds: 3,
    roundMs: 5,
    warmUpMs: 5,
    runs: 200,
    warmUpRuns: 10,
    prunedRuns: 200,
    retainedRuns: 10,
    few: 10,
    many: 50,
    firstFindings: 20,
    sizes: [10, 30, 100],
    characters: 10_000,
    subtasks: { few: 10, many: 100 },
  },
};
