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
  '200 B, 1': { bare: 'bare call', http: 'other call', mcp: 'other call' },
  '200 B, 64': {
    bare: 'bare calls',
    grpc: 'grpc calls',
    http: 'other calls',
    mcp: 'other calls',
    uncoalesced: 'small joined',
  },
  '200 B, 256': { bare: 'bare calls', uncoalesced: 'small joined' },
  '10 KB, 1': { http: 'other call', mcp: 'other call' },
  '10 KB, 64': { bare: 'bare calls', grpc: 'grpc calls', http: 'other calls', mcp: 'other calls' },
  '1 MB, 16': { uncoalesced: 'large joined' },
};

/**
 * @param {import('./measure-bridge.js').CallTimes} times
 * @returns {import('../table.js').Row[]}
 */
export function bridgeRows({ size, inFlight, medians }) {
  const { ours } = medians;
  const targets = TARGETS[`${size}, ${inFlight}`] ?? {};
  return Object.entries(medians).map(([id, median]) => ({
    what: `call: ${size}, ${inFlight} at a time: ${NAMES[id]}`,
    wall: median,
    ratio: id === 'ours' ? undefined : inFlight === 1 ? ours / median : median / ours,
    target: targets[id],
  }));
}
