const NAMES = { ours: 'ours', langgraph: 'LangGraph.js with SqliteSaver' };
const count = (/** @type {number} */ value) => value.toLocaleString('en');

/** @param {import('./measure-durable.js').DurableTimes} measured @returns {import('../table.js').Row[]} */
export function durableRows({ three, ratios, suspended }) {
  const one = (/** @type {'ours' | 'langgraph'} */ id) => ({ wall: three[id].wall, cpu: three[id].cpu });
  return [
    { what: `durable run of three on SQLite: ${NAMES.ours}`, ...one('ours') },
    {
      what: `durable run of three on SQLite: ${NAMES.langgraph}`,
      ...one('langgraph'),
      ratio: ratios.wall,
      target: 'durable peer',
    },
    { what: `the same, 64 at once: ${NAMES.ours}`, wall: three.ours.crowd },
    {
      what: `the same, 64 at once: ${NAMES.langgraph}`,
      wall: three.langgraph.crowd,
      ratio: ratios.crowd,
      target: 'durable peer',
    },
    { what: 'suspended run on SQLite: resumed and suspended again', wall: suspended.alone },
    {
      what: `suspended run: the same beside ${count(suspended.count)} suspended runs`,
      wall: suspended.beside,
      ratio: suspended.ratio,
      target: 'suspended',
    },
    { what: `suspended runs: 100 of ${count(suspended.count)} listed`, wall: suspended.list },
    {
      what: 'memory: a suspended run, in the process of the worker',
      amount: `${suspended.bytes.toFixed(0)} B`,
    },
  ];
}
