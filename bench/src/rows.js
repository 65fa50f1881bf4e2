import { bridgeRows } from './bridge/bridge-rows.js';

/** What the ratio in a row means; printed under the table. */
export const legend =
  'Ratio: the time of ours over that of the row; for verify the rate of ours over that of the row; for flatness, subtasks and finding many over few.\n' +
  'In a store: of a step, its time over that of a bare insert; of 64 runs, their steps per second over those of one run;\n' +
  'beside many anchors, the time of a step over that in an empty store.\n' +
  'Over the bridge: of one call at a time, the time of ours over that of the row; of several, the calls per second of\n' +
  'ours over those of the row.';

/**
 * Makes the table's rows out of what was measured. A ratio needs `ours` and the other one; a row without a ratio
 * says only how long it took.
 * @param {import('./run.js').Measured} measured
 * @returns {import('./table.js').Row[]}
 */
export function rows({ names, timings, reference, flat, subtasks, finding, stores, bridge }) {
  const ours = timings.get('ours')?.median;
  const oursVerify = timings.get('ours verify')?.median;
  /** @type {import('./table.js').Row[]} */
  const out = [];

  for (const [id, name] of Object.entries(names)) {
    const { median } = /** @type {import('./measure.js').Timing} */ (timings.get(id));
    const ratio = ours && id !== 'ours' ? ours / median : undefined;
    out.push({ what: `run: ${name}`, median, ratio, target: id });
  }
  if (reference) {
    const { name, firstRuns, after60Runs } = reference;
    const ratio = (/** @type {number} */ median) => ours && ours / median;
    out.push(
      { what: `run: ${name}, first runs`, median: firstRuns, ratio: ratio(firstRuns), target: 'reference' },
      { what: `run: ${name}, after 60 runs`, median: after60Runs, ratio: ratio(after60Runs) },
    );
  }
  if (oursVerify) out.push({ what: 'verify: ours', median: oursVerify });
  if (reference) {
    // A ratio of rates, so the inverse of that of the times.
    const ratio = oursVerify && reference.verify / oursVerify;
    out.push({ what: `verify: ${reference.name}`, median: reference.verify, ratio, target: 'verify' });
  }
  if (flat) {
    out.push(
      { what: `flatness: first ${flat.tenth} runs`, median: flat.first },
      {
        what: `flatness: last ${flat.tenth}`,
        median: flat.last,
        ratio: flat.last / flat.first,
        target: 'flatness',
      },
    );
  }
  if (subtasks) {
    const { workers, counts, few, many } = subtasks;
    out.push(...growth('subtask', counts, { few, many }, 'subtasks', ` over ${workers} workers`));
  }
  if (finding) {
    out.push(...growth('finding', finding.counts, finding.again, 'finding', ' agents'));
    out.push(...growth('first finding', finding.counts, finding.first, 'finding', ' agents'));
  }
  return [...out, ...bridge.flatMap(bridgeRows), ...stores.flatMap(storeRows)];
}

/**
 * A step is an intent and an outcome, each committed by itself.
 * @param {import('./run.js').Measured['stores'][number]} store
 * @returns {import('./table.js').Row[]}
 */
function storeRows({ id, name, insert, step, crowd, full, anchors }) {
  const many = `${anchors.toLocaleString('en')} anchors`;
  return [
    { what: `${name}: a bare insert`, median: insert },
    { what: `${name}: a step of one run`, median: step, ratio: step / insert, target: `${id} step` },
    { what: `${name}: a step, 64 runs at once`, median: crowd, ratio: step / crowd, target: 'crowd' },
    { what: `${name}: a step beside ${many}`, median: full, ratio: full / step, target: 'flatness' },
  ];
}

/**
 * What one takes among few and among many.
 * @param {string} what
 * @param {{ few: number, many: number }} counts
 * @param {{ few: number, many: number }} times  Microseconds.
 * @param {string} target
 * @param {string} unit
 * @returns {import('./table.js').Row[]}
 */
function growth(what, counts, times, target, unit) {
  return [
    { what: `${what}: of ${counts.few}${unit}`, median: times.few },
    { what: `${what}: of ${counts.many}${unit}`, median: times.many, ratio: times.many / times.few, target },
  ];
}
