import { definePattern } from '@kaizen-eatp/core/plugin';
import { formatReport, patternConformance } from '@kaizen-eatp/testing';
import { costOf } from './measure.js';

/** @typedef {Record<'quick' | 'full', import('./measure.js').Cost>} Conformance  What the suite costs, by its form. */

/** One agent answers, and the others answer that, concurrently. */
const simple = definePattern({
  name: 'simple',
  async execute({ agents: [lead, ...workers], input, invoke, delegate }) {
    const plan = await invoke(/** @type {never} */ (lead), input);
    const settled = await Promise.allSettled(
      workers.map(async (worker) => {
        await delegate(/** @type {never} */ (lead), worker);
        return invoke(worker, plan);
      }),
    );
    const failed = settled.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return settled.map((end) => end.status === 'fulfilled' && end.value);
  },
});

/**
 * How long an author waits for the conformance suite of a simple pattern.
 * @returns {Promise<Conformance>}
 */
export async function measureConformance() {
  return { quick: await costOf(() => conform('quick')), full: await costOf(() => conform('full')) };
}

/** @param {'quick' | 'full'} thoroughness */
async function conform(thoroughness) {
  const report = await patternConformance(simple, { thoroughness });
  if (!report.passed) throw new Error(formatReport(report));
}
