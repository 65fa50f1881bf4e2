/**
 * A step is an intent and an outcome, each committed by itself.
 * @param {{ id: string, name: string } & import('./measure-store.js').StoreTimes} store
 * @returns {import('../table.js').Row[]}
 */
export function storeRows({
  id,
  name,
  insert,
  step,
  durable,
  crowd,
  durableCrowd,
  full,
  anchors,
  shared,
  statements,
  pages,
}) {
  const many = `${anchors.toLocaleString('en')} anchors`;
  return [
    { what: `${name}: a bare insert`, wall: insert },
    { what: `${name}: a step of one run`, wall: step, ratio: step / insert, target: `${id} step` },
    { what: `${name}: a step, 64 runs at once`, wall: crowd, ratio: step / crowd, target: 'crowd' },
    { what: `${name}: a journaled step`, wall: durable, ratio: durable / step, target: 'journaled step' },
    {
      what: `${name}: a journaled step, 64 runs at once`,
      wall: durableCrowd,
      ratio: durable / durableCrowd,
      target: 'crowd',
    },
    { what: `${name}: a step beside ${many}`, wall: full, ratio: full / step, target: 'flatness' },
    { what: `${name}: an anchor of the shared trail, one process`, wall: shared.one },
    {
      what: `${name}: the same, eight processes at once`,
      wall: shared.eight,
      ratio: shared.one / shared.eight,
      target: 'shared trail',
    },
    { what: `${name}: a page of 50 runs, of 100`, wall: pages.few },
    {
      what: `${name}: a page of 50 runs, of ${pages.runs.toLocaleString('en')}`,
      wall: pages.many,
      ratio: pages.many / pages.few,
      target: 'page of runs',
    },
    ...(statements ? countRows(name, statements) : []),
  ];
}

/** @param {string} name @param {import('./measure-store.js').Statements} counted */
const countRows = (name, { commits, statements, durable }) => [
  {
    what: `${name}: commits of a run of three agents`,
    amount: `${commits}`,
    ratio: commits,
    target: 'commits',
  },
  {
    what: `${name}: statements of a run of three agents`,
    amount: `${statements}`,
    ratio: statements,
    target: 'statements',
  },
  {
    what: `${name}: commits of a durable run of three`,
    amount: `${durable.commits}`,
    ratio: durable.commits,
    target: 'durable commits',
  },
  {
    what: `${name}: statements of a durable run of three`,
    amount: `${durable.statements}`,
    ratio: durable.statements,
    target: 'durable statements',
  },
];
