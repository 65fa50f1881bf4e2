import { deepStrictEqual } from 'node:assert/strict';
import { interleave } from '../measure.js';
import { inputs } from './inputs.js';
import * as bare from './peers/bare.js';
import * as grpc from './peers/grpc.js';
import * as http from './peers/http.js';
import * as mcp from './peers/mcp.js';
import * as ours from './peers/ours.js';

/**
 * @typedef {{ call: (value: unknown) => Promise<unknown>, close: () => Promise<unknown> }} Peer
 *
 * @typedef {object} CallTimes  Microseconds for one call, by peer.
 * @property {string} size
 * @property {number} inFlight  How many calls are under way at a time.
 * @property {Record<string, number>} medians
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
 * All peers in turn, round after round, for each size and number of calls at a time.
 * @param {import('../effort.js').Scale} scale
 * @returns {Promise<CallTimes[]>}
 */
export async function measureBridge(scale) {
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
  for (const input of Object.values(inputs)) deepStrictEqual(await peer.call(input), input, id);
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
    return { id, run: () => crowd(peer, input, inFlight, calls) };
  });
  const timings = await interleave(subjects, effort);
  const perCall = ids.map((id) => [id, (timings.get(id)?.wall ?? Number.NaN) / (inFlight * calls)]);
  return { size, inFlight, medians: Object.fromEntries(perCall) };
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
