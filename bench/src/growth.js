import { TrustAwareWorkflowBuilder, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { exponent, interleave } from './measure.js';

/**
 * @typedef {object} Growth  How the time of something grows with its size.
 * @property {string} what
 * @property {readonly number[]} sizes
 * @property {import('./measure.js').Cost[]} costs  By size.
 * @property {number} exponent  Of the curve that fits them.
 */

/**
 * @param {import('./effort.js').Effort} effort
 * @returns {Promise<Growth[]>}
 */
export async function measureGrowth(effort) {
  const { sizes } = effort;
  const line = await lineOf(Math.max(...sizes));
  return [
    await fit('workflow: build of a line of', sizes, (size) => build(line, size), effort),
    await fit('delegation: one more, at depth', sizes, (size) => delegation(line, size), effort),
  ];
}

/**
 * Agents of which each delegated to the next, each delegation made under the one before.
 * @param {number} length
 */
async function lineOf(length) {
  const trust = new TrustOperations({ maxDelegationDepth: length + 1 });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  const agents = [];
  for (let i = 0; i <= length; i += 1) {
    const agent = new TrustedAgent({ name: `agent-${i}`, agent: () => i, trust });
    await agent.establishTrust({ authorityId, capabilities: ['work'] });
    agents.push(agent);
  }
  /** @type {(string | null)[]} */
  const delegations = [null];
  for (let i = 0; i + 1 < length; i += 1) delegations.push(await delegate({ trust, agents, delegations }, i));
  return { trust, agents, delegations };
}

/** @typedef {{ trust: TrustOperations, agents: TrustedAgent[], delegations: (string | null)[] }} Line */

/**
 * The agent at a place delegates to the next one, under what was delegated to itself.
 * @param {Line} line
 * @param {number} place
 */
async function delegate({ trust, agents, delegations }, place) {
  const { id } = await trust.delegate({
    delegatorId: agents[place].id,
    delegateeId: agents[place + 1].id,
    taskId: 'task-line',
    capabilities: ['work'],
    parentDelegationId: delegations[place],
  });
  return id;
}

/** @param {Line} line @param {number} depth */
function delegation(line, depth) {
  return () => delegate(line, depth - 1);
}

/** @param {Line} line @param {number} size */
function build({ trust, agents }, size) {
  return () => {
    const builder = new TrustAwareWorkflowBuilder(trust);
    for (let i = 0; i < size; i += 1) {
      builder.addAgent(agents[i], ['work']);
      if (i > 0) builder.connect(agents[i - 1], agents[i], ['work']);
    }
    return builder.build();
  };
}

/**
 * @param {string} what
 * @param {readonly number[]} sizes
 * @param {(size: number) => () => Promise<unknown>} workOf
 * @param {import('./effort.js').Effort} effort
 * @returns {Promise<Growth>}
 */
async function fit(what, sizes, workOf, effort) {
  const subjects = sizes.map((size) => ({ id: String(size), run: workOf(size) }));
  const timings = await interleave(subjects, effort);
  const costs = sizes.map((size) => timings.get(String(size)) ?? { wall: Number.NaN, cpu: Number.NaN });
  const times = costs.map(({ cpu }) => cpu);
  return {
    what,
    sizes,
    costs: costs.map(({ wall, cpu }) => ({ wall, cpu })),
    exponent: exponent(sizes, times),
  };
}
