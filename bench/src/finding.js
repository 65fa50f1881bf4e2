import { InMemoryKeyManager, MemoryTrustStore, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { TrustAwareAgentRegistry } from '@kaizen-eatp/registry';
import { costOf, interleave } from './measure.js';

/** @typedef {import('./measure.js').Cost} Cost */

/**
 * @typedef {object} Finding  What one finding costs.
 * @property {{ few: number, many: number }} counts  How many agents are registered.
 * @property {import('./measure.js').Timings} again  `few` and `many`: of agents that were verified before.
 * @property {{ few: import('./measure.js').Cost, many: import('./measure.js').Cost }} first
 *   Of agents that were not, by this process.
 */

const FEW = 10;

/**
 * Whether finding an agent takes longer among many than among ten.
 * @param {import('./effort.js').Effort} effort
 * @returns {Promise<Finding>}
 */
export async function measureFinding(effort) {
  const { firstFindings } = effort;
  const many = await registryOf(effort.many);
  // Each agent can be found for the first time only once, so that it takes several registries of ten.
  const fews = [];
  for (let i = 0; i < firstFindings / FEW; i += 1) fews.push(await registryOf(FEW));

  globalThis.gc?.();
  // Ten findings are too short for the clock of a processor; all of them together are not.
  const first = { few: { wall: 0, cpu: 0 }, many: { wall: 0, cpu: 0 } };
  for (const few of fews) {
    add(first.few, await costOf(() => findNext(few), FEW), fews.length);
    add(first.many, await costOf(() => findNext(many), FEW), fews.length);
  }

  const subjects = [
    { id: 'few', run: findings(fews[0]) },
    { id: 'many', run: findings(many) },
  ];
  const again = await interleave(subjects, effort);
  for (const { registry } of [...fews, many]) registry.close();
  return {
    counts: { few: FEW, many: effort.many },
    again,
    first,
  };
}

/** @param {Cost} sum @param {Cost} cost @param {number} parts */
function add(sum, { wall, cpu }, parts) {
  sum.wall += wall / parts;
  sum.cpu += cpu / parts;
}

/** @typedef {Awaited<ReturnType<typeof registryOf>>} Registered */

/** One that a single agent holds, one that half of them hold, one that a wildcard of the other half covers. */
const KINDS = ['skill_7', 'even', 'odd_one'];

/**
 * Of agents whose trust another process established, so that nothing about them is known here.
 * @param {number} count
 */
async function registryOf(count) {
  const shared = { store: new MemoryTrustStore(), keyManager: new InMemoryKeyManager() };
  const establishing = new TrustOperations(shared);
  const { id: authorityId } = await establishing.createEnterpriseAuthority({ name: 'Bench' });
  const trust = new TrustOperations(shared);
  const registry = new TrustAwareAgentRegistry(trust);
  for (let i = 0; i < count; i += 1) {
    const agent = new TrustedAgent({ name: `agent-${i}`, agent: () => i, trust });
    const capabilities = [`skill_${i}`, i % 2 ? 'odd_*' : 'even'];
    await establishing.establish({
      agentId: agent.id,
      authorityId,
      capabilities,
      protocolCapabilities: false,
    });
    await registry.register(agent);
  }
  return { registry, next: 0 };
}

/**
 * Finds an agent of the next kind.
 * @param {Registered} registered
 */
function findings({ registry }) {
  let turn = 0;
  return async () => {
    turn = (turn + 1) % KINDS.length;
    await find(registry, KINDS[turn]);
  };
}

/**
 * Finds the next agent by what it alone can do.
 * @param {Registered} registered
 */
async function findNext(registered) {
  const agent = await find(registered.registry, `skill_${registered.next}`);
  if (agent.name !== `agent-${registered.next}`) throw new Error(`found ${agent.name}`);
  registered.next += 1;
}

/**
 * @param {TrustAwareAgentRegistry} registry
 * @param {string} capability
 */
async function find(registry, capability) {
  const agent = await registry.findCapableAgent(capability);
  if (!agent) throw new Error(`nobody was found for ${capability}`);
  return agent;
}
