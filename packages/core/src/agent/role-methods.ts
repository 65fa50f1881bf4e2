/**
 * The methods by which agents play the roles of the nine patterns. A pattern can call these, `run`, and the methods
 * that an agent declares. It cannot call any other public method of an agent's object.
 */
export const ROLE_METHODS: ReadonlySet<string> = new Set([
  // supervisor and worker
  'decomposeTask',
  'aggregateResults',
  'executeTask',
  // router
  'route',
  // ensemble
  'synthesize',
  // blackboard
  'selectSpecialist',
  'contribute',
  // consensus
  'propose',
  'vote',
  'aggregateVotes',
  // debate
  'argue',
  'rebut',
  'judge',
  // handoff
  'evaluateTask',
]);
