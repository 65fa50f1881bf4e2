import { deepStrictEqual } from 'node:assert/strict';
import { interleave } from '../measure.js';
import { measureBlocks } from './blocks.js';
import { measureComebacks } from './comebacks.js';
import { measureFloods } from './floods.js';
import { inputs } from './inputs.js';
import * as bare from './peers/bare.js';
import * as grpc from './peers/grpc.js';
import * as http from './peers/http.js';
import * as mcp from './peers/mcp.js';
import * as ours from './peers/ours.js';
import { processCpu } from './process-cpu.js';

/**
 * @typedef {object} Peer
 * @property {readonly number[]} pids  Of its Python processes.
 * @property {(value: unknown) => Promise<unknown>} call
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} CallTimes
 * @property {string} size
 * @property {number} inFlight  How many calls are under way at a time.
 * @property {Record<string, import('../measure.js').Cost[]>} rounds  Of one call, by peer, round by round.
 *
 * @typedef {object} BridgeTimes
 * @property {CallTimes[]} calls
 * @property {import('./blocks.js').Block[]} blocks
 * @property {import('./floods.js').Flood[]} floods
 * @property {import('./comebacks.js').Comeback[]} comebacks
 */

/** @type {Record<string, () => Promise<Peer>>} */
const SETUPS = {
  ours: () => ours.bare(),
  bare: bare.setup,
  uncoalesced: () => ours.bare({ isCoalesced: false }),
  grpc: grpc.setup,
  http: http.setup,
  mcp: mcp.setup,
  signature: () => ours.guarded('signature'),
  full: () => ours.guarded('full'),
};

const CROWD = 64;
/** As many as a worker takes at a time. */
const FULL_CROWD = 256;
/** More do not fit into the window. */
const LARGE_CROWD = 16;
const OTHERS = ['ours', 'bare', 'grpc', 'http', 'mcp'];
const GUARDED = ['ours', 'signature', 'full'];

/**
 * Who takes part in what: all where calls are small; where they are large, those that there is something to say about.
 * The guarded ones come last, and are not there before: their records stay, and a full heap slows everybody down.
 * @type {readonly { size: keyof typeof inputs, inFlight: number, calls: number, peers: readonly string[] }[]}
 */
const CELLS = [
  { size: '200 B', inFlight: 1, calls: 1, peers: OTHERS },
  { size: '200 B', inFlight: CROWD, calls: 8, peers: [...OTHERS, 'uncoalesced'] },
  { size: '200 B', inFlight: FULL_CROWD, calls: 4, peers: ['ours', 'bare', 'uncoalesced'] },
  { size: '10 KB', inFlight: 1, calls: 1, peers: OTHERS },
  { size: '10 KB', inFlight: CROWD, calls: 8, peers: [...OTHERS, 'uncoalesced'] },
  { size: '1 MB', inFlight: 1, calls: 1, peers: ['ours', 'bare', 'grpc', 'http'] },
  { size: '15 MB ASCII', inFlight: 1, calls: 1, peers: ['ours', 'bare', 'grpc'] },
  { size: '15 MB CJK', inFlight: 1, calls: 1, peers: ['ours', 'bare', 'grpc'] },
  { size: '1 MB', inFlight: LARGE_CROWD, calls: 1, peers: ['ours', 'bare', 'grpc', 'uncoalesced'] },
  { size: '200 B', inFlight: 1, calls: 1, peers: GUARDED },
  { size: '200 B', inFlight: CROWD, calls: 8, peers: GUARDED },
  { size: '10 KB', inFlight: 1, calls: 1, peers: GUARDED },
  { size: '10 KB', inFlight: CROWD, calls: 2, peers: GUARDED },
];

/** @type {Record<import('../effort.js').Scale, { rounds: number, roundMs: number, warmUpMs: number }>} */
const EFFORTS = {
  full: { rounds: 9, roundMs: 400, warmUpMs: 1_000 },
  quick: { rounds: 3, roundMs: 150, warmUpMs: 300 },
  smoke: { rounds: 1, roundMs: 5, warmUpMs: 5 },
};

/**
 * Calls of all peers in turn, round after round, for each size and number of calls at a time; then what large values, floods and
 * lost workers do.
 * @param {import('../effort.js').Scale} scale
 * @param {readonly string[]} [parts]  Default: all.
 * @returns {Promise<BridgeTimes>}
 */
export async function measureBridge(scale, parts = []) {
  const wanted = (/** @type {string} */ part) => parts.length === 0 || parts.includes(part);
  return {
    calls: wanted('calls') ? await measureCalls(scale) : [],
    blocks: wanted('blocks') ? await measureBlocks(scale) : [],
    floods: wanted('floods') ? await measureFloods(scale) : [],
    comebacks: wanted('comebacks') ? await measureComebacks(scale) : [],
  };
}

/**
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<CallTimes[]>}
 */
async function measureCalls(scale) {
  /** @type {Map<string, Peer>} */
  const peers = new Map();
  try {
    const measured = [];
    for (const cell of CELLS) {
      for (const id of cell.peers) if (!peers.has(id)) peers.set(id, await setUp(id));
      measured.push(await measureCell(cell, peers, EFFORTS[scale]));
    }
    return measured;
  } finally {
    await Promise.all([...peers.values()].map((peer) => peer.close()));
  }
}

/**
 * Tried with each size before it is timed.
 * @param {string} id
 */
async function setUp(id) {
  const peer = await SETUPS[id]();
  for (const size of /** @type {const} */ (['200 B', '10 KB', '1 MB']))
    deepStrictEqual(await peer.call(inputs[size]), inputs[size], id);
  return peer;
}

/**
 * @param {typeof CELLS[number]} cell
 * @param {Map<string, Peer>} peers
 * @param {{ rounds: number, roundMs: number, warmUpMs: number }} effort
 * @returns {Promise<CallTimes>}
 */
async function measureCell({ size, inFlight, calls, peers: ids }, peers, effort) {
  const input = inputs[size];
  const subjects = ids.map((id) => {
    const peer = /** @type {Peer} */ (peers.get(id));
    return {
      id,
      run: () => crowd(peer, input, inFlight, calls),
      elsewhere: () => processCpu(peer.pids),
    };
  });
  const timings = await interleave(subjects, effort);
  const of = inFlight * calls;
  const perCall = (/** @type {import('../measure.js').Cost} */ { wall, cpu, elsewhere = 0 }) => ({
    wall: wall / of,
    cpu: cpu / of,
    elsewhere: elsewhere / of,
  });
  const rounds = ids.map((id) => [id, (timings.get(id)?.rounds ?? []).map(perCall)]);
  return { size, inFlight, rounds: Object.fromEntries(rounds) };
}

/**
 * Several callers at once, each of which calls again as soon as it has its answer.
 * @param {Peer} peer
 * @param {typeof inputs[keyof typeof inputs]} input
 * @param {number} callers
 * @param {number} calls  Of each.
 */
async function crowd(peer, input, callers, calls) {
  const caller = async () => {
    for (let i = 0; i < calls; i += 1) {
      const output = /** @type {typeof input} */ (await peer.call(input));
      // All of it was compared once; here, that it is no error and no other's answer.
      if (output.records.length !== input.records.length) throw new Error('another answer than expected');
    }
  };
  if (callers === 1) await caller();
  else await Promise.all(Array.from({ length: callers }, caller));
}
