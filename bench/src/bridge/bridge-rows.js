import { median } from '../measure.js';

/** @typedef {import('../measure.js').Cost} Cost */

const NAMES = {
  ours: 'ours',
  bare: 'bare ws + msgpack',
  uncoalesced: 'ours, no frames joined',
  grpc: 'gRPC',
  http: 'HTTP/JSON',
  mcp: 'MCP over stdio',
  signature: 'ours, guarded, signature checked',
  full: 'ours, guarded, all checked by the reference',
};

/**
 * What each ratio is held to; what is not here is for information.
 * @type {Record<string, Record<string, string>>}
 */
const TARGETS = {
  '200 B, 1': { bare: 'bare call', grpc: 'other call', http: 'other call', mcp: 'other call' },
  '200 B, 64': {
    bare: 'bare calls',
    grpc: 'grpc calls',
    http: 'other calls',
    mcp: 'other calls',
    uncoalesced: 'small joined',
  },
  '200 B, 256': { bare: 'bare calls', uncoalesced: 'small joined' },
  '10 KB, 1': { grpc: 'grpc larger call', http: 'other call', mcp: 'other call' },
  '10 KB, 64': { bare: 'bare larger', grpc: 'grpc larger', http: 'other calls', mcp: 'other calls' },
  '1 MB, 1': { grpc: 'grpc larger call' },
  '1 MB, 16': { bare: 'bare larger', grpc: 'grpc larger', uncoalesced: 'large joined' },
  '15 MB ASCII, 1': { grpc: 'grpc larger call' },
  '15 MB CJK, 1': { grpc: 'grpc larger call' },
};

/**
 * What a call takes: one at a time waits for both processes in turn, and of several the busier process sets the pace.
 * The time that passes stands in where the system does not tell the processor time of a process.
 * @param {Cost} cost
 * @param {number} inFlight
 */
function paceOf({ wall, cpu, elsewhere = 0 }, inFlight) {
  if (elsewhere === 0) return wall;
  return inFlight === 1 ? cpu + elsewhere : Math.max(cpu, elsewhere);
}

/**
 * How many times as long a call takes one way as another: the median of the rounds, which both saw in the same state of the
 * machine.
 * @param {Cost[]} ones
 * @param {Cost[]} others
 * @param {(cost: Cost) => number} of
 */
const paired = (ones, others, of) => median(ones.map((one, i) => of(one) / of(others[i])));

/** All processor time of a call. @param {Cost} cost */
const all = ({ cpu, elsewhere = 0 }) => cpu + elsewhere;

/** @param {Cost[]} rounds */
const times = (rounds) => ({
  wall: median(rounds.map(({ wall }) => wall)),
  cpu: median(rounds.map(all)),
});

/**
 * @param {import('./measure-bridge.js').BridgeTimes} measured
 * @returns {import('../table.js').Row[]}
 */
export function bridgeRows({ calls, blocks, floods, comebacks }) {
  return [
    ...calls.flatMap(callRows),
    ...textRow(calls),
    ...guardedRows(calls),
    ...blocks.map(({ what, node, python }) => ({
      what: `longest block: ${what}: Node ${node.toFixed(0)} ms, Python ${python.toFixed(0)} ms`,
      ratio: Math.max(node, python),
      target: 'block',
    })),
    ...floods.flatMap(floodRows),
    ...comebacks.map(({ how, seconds }) => ({
      what: `a worker comes back after ${how}`,
      wall: seconds * 1e6,
      ratio: seconds,
      target: 'comeback',
    })),
  ];
}

/**
 * @param {import('./measure-bridge.js').CallTimes} times
 * @returns {import('../table.js').Row[]}
 */
function callRows({ size, inFlight, rounds }) {
  const targets = TARGETS[`${size}, ${inFlight}`] ?? {};
  const pace = (/** @type {Cost} */ cost) => paceOf(cost, inFlight);
  return Object.entries(rounds).map(([id, own]) => {
    const ratio = inFlight === 1 ? paired(rounds.ours, own, pace) : paired(own, rounds.ours, pace);
    return {
      what: `call: ${size}, ${inFlight} at a time: ${NAMES[id]}`,
      ...times(own),
      ratio: id === 'ours' ? undefined : ratio,
      target: targets[id],
    };
  });
}

/** What text costs that is not ASCII. @param {import('./measure-bridge.js').CallTimes[]} calls */
function textRow(calls) {
  const [ascii, cjk] = ['15 MB ASCII', '15 MB CJK'].map((wanted) =>
    calls.find(({ size }) => size === wanted),
  );
  if (!ascii || !cjk) return [];
  const ratio = paired(cjk.rounds.ours, ascii.rounds.ours, all);
  return [{ what: 'call: 15 MB CJK over 15 MB ASCII: ours', ratio, target: 'bridge text' }];
}

/** What trust costs a call, in processor time of both processes. @param {import('./measure-bridge.js').CallTimes[]} calls */
function guardedRows(calls) {
  const cell = calls.find(({ size, inFlight, rounds }) => size === '200 B' && inFlight > 1 && rounds.full);
  if (!cell) return [];
  const { ours, signature, full } = cell.rounds;
  const what = `call: ${cell.size}, ${cell.inFlight} at a time: all checked, over`;
  return [
    { what: `${what} a bare bridged call`, ratio: paired(full, ours, all), target: 'guarded' },
    { what: `${what} signature checked`, ratio: paired(full, signature, all), target: 'full over signature' },
  ];
}

/** @param {import('./floods.js').Flood} flood @returns {import('../table.js').Row[]} */
const floodRows = ({ what, delay, quietDelay, rate, quietRate }) => [
  {
    what: `flood: ${what}: delay of the event loop at p99, in ms (${quietDelay.toFixed(1)} without)`,
    ratio: delay,
    target: 'flood delay',
  },
  {
    what: `flood: ${what}: honest calls, over those without a flood`,
    wall: 1e6 / rate,
    ratio: rate / quietRate,
    target: 'flood rate',
  },
];
