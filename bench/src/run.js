import { measureBridge } from './bridge.js';
import { measureConformance } from './conformance.js';
import { measureCrowd } from './crowd.js';
import { measureDurable } from './durable.js';
import { measureFinding } from './finding.js';
import { measureGrowth } from './growth.js';
import { flatness, interleave, medianCost } from './measure.js';
import { measureMemory } from './memory.js';
import { inProcess, load } from './peer.js';
import { measureReceipt } from './receipt.js';
import { measure as measureStore, storeIds } from './stores.js';
import { measureSubtasks } from './subtasks.js';
import { measureTakeOver } from './takeover/measure-takeover.js';
import { measureText } from './text.js';
import { measureViewer } from './viewer.js';
import { checkOutput } from './work.js';

/**
 * @typedef {import('./measure.js').Cost} Cost
 *
 * @typedef {object} Measured
 * @property {Record<string, string>} names  Of the peers in this process, by id, in the table's order.
 * @property {string[]} versions
 * @property {import('./measure.js').Timings} timings  By id of peer; `ours verify` as well.
 * @property {{ name: string } & Omit<import('./peer.js').ExternalTimes, 'version'>} [reference]
 * @property {{ first: Cost, last: Cost, tenth: number }} [flat]
 * @property {Awaited<ReturnType<typeof measureMemory>>} [memory]
 * @property {Awaited<ReturnType<typeof measureViewer>>} [viewer]
 * @property {Awaited<ReturnType<typeof measureTakeOver>>} [takeOver]
 * @property {Awaited<ReturnType<typeof measureDurable>>} [durable]
 * @property {Awaited<ReturnType<typeof measureText>>} [text]
 * @property {Awaited<ReturnType<typeof measureReceipt>>} [receipt]
 * @property {Awaited<ReturnType<typeof measureSubtasks>>} [subtasks]
 * @property {import('./crowd.js').Crowd} [crowd]
 * @property {import('./finding.js').Finding} [finding]
 * @property {import('./conformance.js').Conformance} [conformance]
 * @property {import('./growth.js').Growth[]} growth
 * @property {Awaited<ReturnType<typeof measureStore>>[]} stores
 * @property {import('./bridge/measure-bridge.js').BridgeTimes} [bridge]
 */

/**
 * Measures everything that is not left out, in one process and one go.
 * @param {{ effort: import('./effort.js').Effort, without: string[], log: (line: string) => void }} options
 * @returns {Promise<Measured>}
 */
export async function runBenchmark({ effort, without, log }) {
  const { scale } = effort;
  const wanted = (/** @type {string} */ id) => !without.includes(id);
  /** @type {Measured} */
  const measured = { names: {}, versions: [], timings: new Map(), growth: [], stores: [] };

  // Everything is loaded and tried before anything is timed, so that what is broken says so at once.
  const instances = await setUp(inProcess.filter(wanted), measured);

  // Once before the rounds and once after: the machine's pace drifts, and both processes at once would share its cores.
  const reference = wanted('reference') && (await load('reference'));
  const measureReference = () => {
    log(`${reference.name} ...`);
    return reference.measure(scale);
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
  if (wanted('ours')) await measureOurs(measured, effort, wanted, log);
  if (wanted('bridge')) {
    log('calls over the bridge, and what they are measured against ...');
    measured.bridge = await measureBridge(scale);
  }
  if (wanted('durable')) {
    log('durable runs on SQLite, and the checkpoints of LangGraph.js ...');
    measured.durable = await measureDurable(scale);
    measured.versions.push(`LangGraph.js with SqliteSaver: ${measured.durable.version}`);
  }
  for (const id of storeIds.filter(wanted)) {
    log(`${id}: filling it, then rounds ...`);
    measured.stores.push(await measureStore(id, scale));
  }
  return measured;
}

/**
 * What of ours is measured against itself. What leaves the most memory behind comes last.
 * @param {Measured} measured
 * @param {import('./effort.js').Effort} effort
 * @param {(id: string) => boolean} wanted
 * @param {(line: string) => void} log
 */
async function measureOurs(measured, effort, wanted, log) {
  log(`flatness over ${effort.runs} runs of ours ...`);
  measured.flat = await measureFlatness(effort);
  if (wanted('text')) {
    log(`canonical JSON of ${effort.characters} characters ...`);
    measured.text = await measureText(effort);
  }
  if (wanted('receipt')) {
    log(`a receipt of ${effort.few} acts ...`);
    measured.receipt = await measureReceipt(effort);
  }
  if (wanted('viewer')) {
    log('a receipt in the viewer ...');
    measured.viewer = await measureViewer(effort);
  }
  if (wanted('takeover')) {
    log('the runs of a dead machine, on Temporal ...');
    measured.takeOver = await measureTakeOver(effort.scale, log);
  }
  if (wanted('memory')) {
    log(`memory over ${effort.prunedRuns} runs of ours ...`);
    measured.memory = await measureMemory(effort);
  }
  if (wanted('subtasks')) {
    log('subtasks of a supervisor of ours ...');
    measured.subtasks = await measureSubtasks(effort);
  }
  if (wanted('growth')) {
    log(`growth up to ${effort.sizes.at(-1)} ...`);
    measured.growth = await measureGrowth(effort);
  }
  if (wanted('finding')) {
    log(`finding among ${effort.many} registered agents ...`);
    measured.finding = await measureFinding(effort);
  }
  if (wanted('conformance')) {
    log('the conformance suite of a simple pattern ...');
    measured.conformance = await measureConformance();
  }
  if (wanted('crowd')) {
    log(`verdicts and runs beside ${effort.many} agents in use ...`);
    measured.crowd = await measureCrowd(effort);
  }
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
  firstRuns: medianCost([a.firstRuns, b.firstRuns]),
  after60Runs: medianCost([a.after60Runs, b.after60Runs]),
  verify: medianCost([a.verify, b.verify]),
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
