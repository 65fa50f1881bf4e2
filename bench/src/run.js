import { measureBridge } from './bridge.js';
import { measureFinding } from './finding.js';
import { flatness, interleave, median } from './measure.js';
import { inProcess, load } from './peer.js';
import { measure as measureStore, storeIds } from './stores.js';
import { measureSubtasks } from './subtasks.js';
import { checkOutput } from './work.js';

/**
 * @typedef {object} Measured
 * @property {Record<string, string>} names  Of the peers in this process, by id, in the table's order.
 * @property {string[]} versions
 * @property {Map<string, import('./measure.js').Timing>} timings  By id of peer; `ours verify` as well.
 * @property {{ name: string } & Omit<import('./peer.js').ExternalTimes, 'version'>} [reference]
 * @property {{ first: number, last: number, tenth: number }} [flat]
 * @property {Awaited<ReturnType<typeof measureSubtasks>>} [subtasks]
 * @property {import('./finding.js').Finding} [finding]
 * @property {Awaited<ReturnType<typeof measureStore>>[]} stores
 * @property {import('./bridge/measure-bridge.js').CallTimes[]} bridge
 */

const FULL = {
  rounds: 15,
  roundMs: 300,
  warmUpMs: 1500,
  runs: 10_000,
  warmUpRuns: 200,
  registered: 100_000,
  firstFindings: 500,
};
const QUICK = {
  rounds: 5,
  roundMs: 100,
  warmUpMs: 300,
  runs: 2000,
  warmUpRuns: 200,
  registered: 10_000,
  firstFindings: 100,
};

/**
 * Measures everything that is not left out, in one process and one go.
 * @param {{ quick: boolean, without: string[], log: (line: string) => void }} options
 * @returns {Promise<Measured>}
 */
export async function runBenchmark({ quick, without, log }) {
  const effort = quick ? QUICK : FULL;
  const wanted = (/** @type {string} */ id) => !without.includes(id);
  /** @type {Measured} */
  const measured = { names: {}, versions: [], timings: new Map(), stores: [], bridge: [] };

  // Everything is loaded and tried before anything is timed, so that what is broken says so at once.
  const instances = await setUp(inProcess.filter(wanted), measured);

  // Once before the rounds and once after: the machine's pace drifts, and both processes at once would share its cores.
  const reference = wanted('reference') && (await load('reference'));
  const measureReference = () => {
    log(`${reference.name} ...`);
    return reference.measure({ quick });
  };
  const before = reference && (await measureReference());

  log(`${effort.rounds} interleaved rounds of ${Object.values(measured.names).join(', ')} ...`);
  measured.timings = await interleave(subjects(instances), effort);
  for (const instance of instances.values()) await instance.teardown();
  instances.clear();

  if (before) {
    const after = await measureReference();
    measured.reference = { name: reference.name, ...between(before, after) };
    measured.versions.push(`${reference.name}: ${before.version}`);
  }

  if (wanted('ours')) {
    log(`flatness over ${effort.runs} runs of ours ...`);
    measured.flat = await measureFlatness(effort);
    log('subtasks of a supervisor of ours ...');
    measured.subtasks = await measureSubtasks(effort);
    // Last, since it leaves the most memory behind.
    log(`finding among ${effort.registered} registered agents ...`);
    measured.finding = await measureFinding(effort);
  }
  if (wanted('bridge')) {
    log('calls over the bridge, and what they are measured against ...');
    measured.bridge = await measureBridge({ quick });
  }
  for (const id of storeIds.filter(wanted)) {
    log(`${id}: filling it, then rounds ...`);
    measured.stores.push(await measureStore(id, { quick }));
  }
  return measured;
}

/**
 * @param {string[]} ids
 * @param {Measured} measured
 */
async function setUp(ids, measured) {
  /** @type {Map<string, import('./peer.js').PeerInstance>} */
  const instances = new Map();
  for (const id of ids) {
    const peer = /** @type {import('./peer.js').Peer} */ (await load(id));
    const instance = await peer.setup({ signedMessages: instances.get('ours')?.signedMessages });
    const output = await instance.run();
    if (!peer.noAgents) checkOutput(output);
    await instance.verify?.();
    instances.set(id, instance);
    measured.names[id] = peer.name;
    if (instance.version) measured.versions.push(`${peer.name}: ${instance.version}`);
  }
  return instances;
}

/**
 * @param {import('./peer.js').ExternalTimes} a
 * @param {import('./peer.js').ExternalTimes} b
 */
const between = (a, b) => ({
  firstRuns: median([a.firstRuns, b.firstRuns]),
  after60Runs: median([a.after60Runs, b.after60Runs]),
  verify: median([a.verify, b.verify]),
});

/** @param {Map<string, import('./peer.js').PeerInstance>} instances */
function subjects(instances) {
  const runs = [...instances].map(([id, instance]) => ({ id, run: () => instance.run() }));
  const ours = instances.get('ours');
  const verify = ours?.verify && { id: 'ours verify', run: () => ours.verify() };
  return verify ? [...runs, verify] : runs;
}

/**
 * On an instance of its own, so that its first runs are the first ones.
 * @param {{ runs: number, warmUpRuns: number }} effort
 */
async function measureFlatness(effort) {
  const { setup } = await load('ours');
  const instance = await setup({});
  const { first, last } = await flatness(() => instance.run(), effort);
  await instance.teardown();
  return { first, last, tenth: effort.runs / 10 };
}
