import { deploymentOf, runOfThree } from './deployment.js';
import { median } from './measure.js';

/** How often the heap is looked at in a tenth of the runs: each look is a full collection. */
const LOOKS = 5;

/**
 * Whether the heap grows with the number of runs over a store that drops old ones: the second tenth against the last.
 * In the first the store is still filling up.
 * @param {import('./effort.js').Effort} effort
 * @returns {Promise<{ runs: number, second: number, last: number }>} bytes in use after a collection
 */
export async function measureMemory({ prunedRuns, retainedRuns }) {
  const run = runOfThree(await deploymentOf(3, retainedRuns));
  const tenths = [];
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const looks = [];
    for (let look = 0; look < LOOKS; look += 1) {
      for (let i = 0; i < prunedRuns / 10 / LOOKS; i += 1) await run();
      globalThis.gc?.();
      looks.push(process.memoryUsage().heapUsed);
    }
    tenths.push(median(looks));
  }
  return { runs: prunedRuns, second: tenths[1], last: tenths[9] };
}
