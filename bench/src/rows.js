import { bridgeRows } from './bridge/bridge-rows.js';
import { durableRows } from './durable/durable-rows.js';
import { paired } from './measure.js';
import { storeRows } from './stores/store-rows.js';

/** What the ratio in a row means; printed under the table. */
export const legend =
  "Ratio: of a run, the main thread's CPU time of ours over that of the row, round by round; for verify the rate of ours\n" +
  'over that of the row; of a receipt, the time on one core over that on all; for flatness, crowds, subtasks and finding\n' +
  'many over few, in CPU time; for memory the last tenth over the second; for growth the exponent of the size.\n' +
  'Of durable runs, the time that passes of ours over that of the row; beside suspended runs, over that without them.\n' +
  'In a store: of a step, its time over that of a bare insert; of 64 runs, their steps per second over those of one run;\n' +
  'beside many anchors, the time of a step over that in an empty store; of a run, how often;\n' +
  'of the shared trail, the anchors per second of eight processes together over those of one.\n' +
  'Over the bridge: of one call at a time, the time of ours over that of the row; of several, the calls per second of\n' +
  'ours over those of the row.';

const MIB = 2 ** 20;
const count = (/** @type {number} */ value) => value.toLocaleString('en');

/** @typedef {import('./table.js').Row} Row */

/**
 * Makes the table's rows out of what was measured. A ratio needs `ours` and the other one; a row without a ratio
 * says only how long it took.
 * @param {import('./run.js').Measured} measured
 * @returns {Row[]}
 */
export function rows(measured) {
  const {
    flat,
    viewer,
    takeOver,
    receipt,
    memory,
    text,
    subtasks,
    finding,
    conformance,
    crowd,
    growth,
    stores,
    bridge,
    durable,
  } = measured;
  return [
    ...peerRows(measured),
    ...(flat ? flatRows(flat) : []),
    ...(crowd ? crowdRows(crowd) : []),
    ...(memory ? memoryRows(memory) : []),
    ...growth.flatMap(growthRows),
    ...(viewer ? viewerRows(viewer) : []),
    ...(takeOver ? takeOverRows(takeOver) : []),
    ...(text ? textRows(text) : []),
    ...(receipt ? receiptRows(receipt) : []),
    ...(subtasks ? subtaskRows(subtasks) : []),
    ...(finding ? findingRows(finding) : []),
    ...(conformance ? conformanceRows(conformance) : []),
    ...(bridge ? bridgeRows(bridge) : []),
    ...(durable ? durableRows(durable) : []),
    ...stores.flatMap(storeRows),
  ];
}

/** @param {import('./run.js').Measured} measured @returns {Row[]} */
function peerRows({ names, timings, reference }) {
  const ours = timings.get('ours');
  const oursVerify = timings.get('ours verify');
  const runs = Object.entries(names).map(([id, name]) => {
    // The other signer is compared with the same bare signatures of node:crypto as ours is.
    if (id === 'sodium') return sodiumRow(timings, name);
    if (id === 'traced') return tracedRow(timings, name);
    const ratio = ours && id !== 'ours' ? paired(timings, 'ours', id) : undefined;
    return { what: `run: ${name}`, ...costIn(timings, id), ratio, target: id };
  });
  if (!reference) return oursVerify ? [...runs, verifyRow(timings)] : runs;
  const { name, firstRuns, after60Runs, verify } = reference;
  const ratio = (/** @type {import('./measure.js').Cost} */ { cpu }) => ours && ours.cpu / cpu;
  return [
    ...runs,
    { what: `run: ${name}, first runs`, ...firstRuns, ratio: ratio(firstRuns), target: 'reference' },
    { what: `run: ${name}, after 60 runs`, ...after60Runs, ratio: ratio(after60Runs) },
    ...(oursVerify ? [verifyRow(timings)] : []),
    // A ratio of rates, so the inverse of that of the times.
    {
      what: `verify: ${name}`,
      ...verify,
      ratio: oursVerify && verify.cpu / oursVerify.cpu,
      target: 'verify',
    },
  ];
}

/** @param {import('./measure.js').Timings} timings @param {string} name */
const sodiumRow = (timings, name) => ({
  what: `run: ${name}, over bare-ed25519`,
  ...costIn(timings, 'sodium'),
  ...(timings.has('bare') && { ratio: paired(timings, 'sodium', 'bare'), target: 'sodium' }),
});

/** @param {import('./measure.js').Timings} timings @param {string} name */
const tracedRow = (timings, name) => ({
  what: `run: ${name}, over ours`,
  ...costIn(timings, 'traced'),
  ...(timings.has('ours') && { ratio: paired(timings, 'traced', 'ours'), target: 'traced' }),
});

const verifyRow = (/** @type {import('./measure.js').Timings} */ timings) => ({
  what: 'verify: ours',
  ...costIn(timings, 'ours verify'),
});

/** @param {NonNullable<import('./run.js').Measured['takeOver']>} takeOvers @returns {Row[]} */
const takeOverRows = (takeOvers) =>
  takeOvers.map(({ how, seconds }) => ({
    what: `Temporal: a run is taken over after ${how}, at the longest`,
    amount: `${seconds.toFixed(1)} s`,
    ratio: seconds,
    target: 'take-over',
  }));

/** @param {NonNullable<import('./run.js').Measured['viewer']>} viewer @returns {Row[]} */
const viewerRows = ({ agents, wall, size }) => [
  { what: `viewer: opening a receipt of ${count(agents)} agents`, wall },
  { what: 'viewer: size, gzipped', amount: `${(size / 1000).toFixed(0)} kB` },
];

/** @param {NonNullable<import('./run.js').Measured['flat']>} flat @returns {Row[]} */
const flatRows = ({ first, last, tenth }) => [
  { what: `flatness: first ${count(tenth)} runs`, ...first },
  { what: `flatness: last ${count(tenth)}`, ...last, ratio: last.cpu / first.cpu, target: 'flatness' },
];

/** @param {import('./crowd.js').Crowd} crowd @returns {Row[]} */
function crowdRows({ counts, timings, memory }) {
  const { three, few, many } = counts;
  return [
    ...pair(timings, { few: 'verify few', many: 'verify many' }, 'verify growth', (id) =>
      id === 'verify few' ? `verify: with ${count(few)} agents in use` : `verify: with ${count(many)}`,
    ),
    {
      what: `memory: an agent in use, of ${count(many)}; chains are cached in ${memory.cacheMib} MiB at most`,
      amount: `${(memory.perAgent / 1024).toFixed(1)} KiB`,
    },
    ...pair(timings, { few: 'run three', many: 'run many' }, 'subset', (id) =>
      id === 'run three' ? `run: ours, of all ${three} agents` : `run: ours, names three of ${count(many)}`,
    ),
  ];
}

/** @param {NonNullable<import('./run.js').Measured['memory']>} memory @returns {Row[]} */
const memoryRows = ({ runs, second, last }) => [
  { what: `memory: second tenth of ${count(runs)} runs`, amount: `${(second / MIB).toFixed(1)} MiB` },
  {
    what: 'memory: last tenth',
    amount: `${(last / MIB).toFixed(1)} MiB`,
    ratio: last / second,
    target: 'memory',
  },
];

/** @param {import('./growth.js').Growth} growth @returns {Row[]} */
function growthRows({ what, sizes, costs, exponent }) {
  const last = sizes.length - 1;
  return sizes.map((size, i) => ({
    what: `${what} ${count(size)}`,
    ...costs[i],
    ...(i === last && { ratio: exponent, target: 'growth' }),
  }));
}

/** @param {NonNullable<import('./run.js').Measured['text']>} text @returns {Row[]} */
const textRows = ({ characters, timings }) =>
  pair(timings, { few: 'ascii', many: 'cjk' }, 'cjk', (id) =>
    id === 'ascii'
      ? `canonical JSON: ${count(characters)} ASCII characters`
      : `canonical JSON: ${count(characters)} CJK characters`,
  );

/** @param {NonNullable<import('./run.js').Measured['receipt']>} receipt @returns {Row[]} */
const receiptRows = ({ acts, timings, ratio }) => [
  { what: `receipt: of ${count(acts)} acts, verified on one core`, ...costIn(timings, 'alone') },
  { what: 'receipt: verified on all cores', ...costIn(timings, 'all'), ratio, target: 'receipt' },
];

/** @param {NonNullable<import('./run.js').Measured['subtasks']>} subtasks @returns {Row[]} */
const subtaskRows = ({ workers, counts, timings }) =>
  pair(
    timings,
    { few: 'few', many: 'many' },
    'subtasks',
    (id) => `subtask: of ${counts[id]} over ${workers} workers`,
  );

/** @param {import('./conformance.js').Conformance} conformance @returns {Row[]} */
const conformanceRows = ({ quick, full }) => [
  { what: 'conformance suite: quick form, of a simple pattern', ...quick },
  { what: 'conformance suite: full form, of a simple pattern', ...full },
];

/** @param {import('./finding.js').Finding} finding @returns {Row[]} */
const findingRows = ({ counts, again, first }) => [
  ...pair(again, { few: 'few', many: 'many' }, 'finding', (id) => `finding: of ${count(counts[id])} agents`),
  { what: `first finding: of ${count(counts.few)} agents`, ...first.few },
  {
    what: `first finding: of ${count(counts.many)} agents`,
    ...first.many,
    ratio: first.many.cpu / first.few.cpu,
    target: 'finding',
  },
];

/**
 * Two rows of things that were timed in turn; the ratio is that of their processor time.
 * @param {import('./measure.js').Timings} timings
 * @param {{ few: string, many: string }} ids
 * @param {string} target
 * @param {(id: string) => string} name
 * @returns {Row[]}
 */
const pair = (timings, { few, many }, target, name) => [
  { what: name(few), ...costIn(timings, few) },
  { what: name(many), ...costIn(timings, many), ratio: paired(timings, many, few), target },
];

/** @param {import('./measure.js').Timings} timings @param {string} id */
const costIn = (timings, id) => ({ wall: timings.get(id)?.wall, cpu: timings.get(id)?.cpu });
