/**
 * @typedef {object} Subject  Something timed in the rounds.
 * @property {string} id
 * @property {() => Promise<unknown>} run
 *
 * @typedef {{ median: number, rounds: number[] }} Timing  Microseconds for one run.
 */

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs again and again for at least `ms` milliseconds.
 * @param {() => Promise<unknown>} run
 * @param {number} ms
 * @returns {Promise<number>} microseconds for one run
 */
async function repeat(run, ms) {
  const start = performance.now();
  let elapsed = 0;
  let runs = 0;
  while (elapsed < ms) {
    await run();
    runs += 1;
    elapsed = performance.now() - start;
  }
  return (elapsed * 1000) / runs;
}

/**
 * Times the subjects in turn, round after round: a slow spell of the machine then falls on all of them, and the
 * median over the rounds drops it.
 * @param {Subject[]} subjects
 * @param {{ rounds: number, roundMs: number, warmUpMs: number }} effort
 * @returns {Promise<Map<string, Timing>>}
 */
export async function interleave(subjects, { rounds, roundMs, warmUpMs }) {
  for (const { run } of subjects) await repeat(run, warmUpMs);

  const times = new Map(subjects.map(({ id }) => [id, /** @type {number[]} */ ([])]));
  for (let round = 0; round < rounds; round += 1) {
    // Every other round goes backwards, so that nobody always comes after the same neighbour.
    for (const { id, run } of round % 2 ? subjects.toReversed() : subjects) {
      globalThis.gc?.(); // the garbage of the one before is not this one's cost
      await repeat(run, roundMs / 10); // and the caches it left cold are not either
      times.get(id)?.push(await repeat(run, roundMs));
    }
  }
  return new Map([...times].map(([id, own]) => [id, { median: median(own), rounds: own }]));
}

/**
 * Whether a run gets slower with the number of runs before it: the first tenth of `runs` against the last.
 * Each tenth is the median of twenty stretches, which keeps steady costs such as the collection of garbage in,
 * and a stall of the machine out.
 * @param {() => Promise<unknown>} run
 * @param {{ runs: number, warmUpRuns: number }} effort
 * @returns {Promise<{ first: number, last: number }>} microseconds for one run
 */
export async function flatness(run, { runs, warmUpRuns }) {
  for (let i = 0; i < warmUpRuns; i += 1) await run();
  globalThis.gc?.();

  const stretch = runs / 10 / 20;
  const stretches = [];
  for (let done = 0; done < runs; done += stretch) {
    const start = performance.now();
    for (let i = 0; i < stretch; i += 1) await run();
    stretches.push(((performance.now() - start) * 1000) / stretch);
  }
  return { first: median(stretches.slice(0, 20)), last: median(stretches.slice(-20)) };
}
