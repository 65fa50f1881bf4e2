/**
 * @typedef {object} Subject  Something timed in the rounds.
 * @property {string} id
 * @property {() => unknown} run
 * @property {() => number} [elsewhere]  Microseconds for which another process had a processor so far.
 *
 * @typedef {{ wall: number, cpu: number, elsewhere?: number }} Cost
 *   Of one run, in microseconds: the time that passed, the time for which this thread had a processor, and that for which
 *   another process that took part had one. Other work on the machine lengthens the first and hardly the others.
 *
 * @typedef {Cost & { rounds: Cost[] }} Timing  Medians over the rounds, and the rounds.
 *
 * @typedef {ReadonlyMap<string, Timing>} Timings
 */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Microseconds for which the main thread had a processor so far. */
export function threadCpu() {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/**
 * Runs so many times.
 * @param {() => unknown} run
 * @param {number} times
 * @returns {Promise<Cost>}
 */
export async function costOf(run, times = 1) {
  const start = performance.now();
  const cpuStart = threadCpu();
  for (let i = 0; i < times; i += 1) await run();
  return { cpu: (threadCpu() - cpuStart) / times, wall: ((performance.now() - start) * 1000) / times };
}

/**
 * Runs again and again for at least `ms` milliseconds.
 * @param {Subject} subject
 * @param {number} ms
 * @returns {Promise<Cost>}
 */
async function repeat({ run, elsewhere = () => 0 }, ms) {
  const start = performance.now();
  const elsewhereStart = elsewhere();
  const cpuStart = threadCpu();
  let elapsed = 0;
  let runs = 0;
  while (elapsed < ms) {
    await run();
    runs += 1;
    elapsed = performance.now() - start;
  }
  const cpu = (threadCpu() - cpuStart) / runs;
  return { cpu, wall: (elapsed * 1000) / runs, elsewhere: (elsewhere() - elsewhereStart) / runs };
}

/** @param {readonly Cost[]} costs @returns {Cost} */
export const medianCost = (costs) => ({
  wall: median(costs.map(({ wall }) => wall)),
  cpu: median(costs.map(({ cpu }) => cpu)),
});

/**
 * Times the subjects in turn, round after round: a slow spell of the machine then falls on all of them, and the
 * median over the rounds drops it.
 * @param {Subject[]} subjects
 * @param {{ rounds: number, roundMs: number, warmUpMs: number }} effort
 * @returns {Promise<Map<string, Timing>>}
 */
export async function interleave(subjects, { rounds, roundMs, warmUpMs }) {
  for (const subject of subjects) await repeat(subject, warmUpMs);

  const costs = new Map(subjects.map(({ id }) => [id, /** @type {Cost[]} */ ([])]));
  for (let round = 0; round < rounds; round += 1) {
    // Every other round goes backwards, so that nobody always comes after the same neighbour.
    for (const subject of round % 2 ? subjects.toReversed() : subjects) {
      // The garbage of the one before is not this one's cost. Only the young generation: a full collection also drops the
      // optimised code that knows shapes of which no object is left at that moment, which a process at work always has.
      globalThis.gc?.({ type: 'minor' });
      await repeat(subject, roundMs / 3); // and the caches it left cold are not either
      costs.get(subject.id)?.push(await repeat(subject, roundMs));
    }
  }
  return new Map([...costs].map(([id, own]) => [id, { ...medianCost(own), rounds: own }]));
}

/**
 * How many times as much processor time one subject takes as another: the median of the rounds' ratios, since both
 * saw the same state of the machine in each round.
 * @param {Timings} timings
 * @param {string} one
 * @param {string} other
 */
export function paired(timings, one, other) {
  const { rounds = [] } = timings.get(one) ?? {};
  const { rounds: others = [] } = timings.get(other) ?? {};
  return median(rounds.map(({ cpu }, i) => cpu / others[i].cpu));
}

/**
 * Whether a run gets slower with the number of runs before it: the first tenth of `runs` against the last.
 * Each tenth is the median of twenty stretches, which keeps steady costs such as the collection of garbage in,
 * and a stall of the machine out.
 * @param {() => Promise<unknown>} run
 * @param {{ runs: number, warmUpRuns: number }} effort
 * @returns {Promise<{ first: Cost, last: Cost }>} of one run
 */
export async function flatness(run, { runs, warmUpRuns }) {
  for (let i = 0; i < warmUpRuns; i += 1) await run();
  globalThis.gc?.();

  const stretch = runs / 10 / 20;
  const stretches = [];
  for (let done = 0; done < runs; done += stretch) stretches.push(await costOf(run, stretch));
  return { first: medianCost(stretches.slice(0, 20)), last: medianCost(stretches.slice(-20)) };
}

/**
 * The exponent e of the curve size^e that fits the times best: the slope of the line through their logarithms.
 * @param {readonly number[]} sizes
 * @param {readonly number[]} times
 */
export function exponent(sizes, times) {
  const x = sizes.map(Math.log);
  const y = times.map(Math.log);
  const mean = (/** @type {readonly number[]} */ of) => of.reduce((sum, each) => sum + each, 0) / of.length;
  const [mx, my] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, each, i) => sum + (each - mx) * (y[i] - my), 0);
  return covariance / x.reduce((sum, each) => sum + (each - mx) ** 2, 0);
}
