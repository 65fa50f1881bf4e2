import { InMemoryKeyManager, MemoryTrustStore, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { TrustAwareAgentRegistry } from '@kaizen-eatp/registry';
import { interleave } from './measure.js';

/**
 * @typedef {object} Finding  Microseconds for one finding.
 * @property {{ few: number, many: number }} counts  How many agents are registered.
 * @property {{ few: number, many: number }} again  Of agents that were verified before.
 * @property {{ few: number, many: number }} first  Of agents that were not, by this process.
 */

const FEW = 10;

/**
 * Whether finding an agent takes longer among many than among ten.
 * @param {{ registered: number, firstFindings: number, rounds: number, roundMs: number, warmUpMs: number }} effort
 * @returns {Promise<Finding>}
 */
export async function measureFinding(effort) {
  const { registered, firstFindings } = effort;
  const many = await registryOf(registered);
  // Each agent can be found for the first time only once, so that it takes several registries of ten.
  const fews = [];
  for (let i = 0; i < firstFindings / FEW; i += 1) fews.push(await registryOf(FEW));

  globalThis.gc?.();
  const first = { few: 0, many: 0 };
  for (const few of fews) {
    first.few += await elapsed(() => findEach(few, FEW));
    first.many += await elapsed(() => findEach(many, FEW));
  }

  const subjects = [
    { id: 'few', run: findings(fews[0]) },
    { id: 'many', run: findings(many) },
  ];
  const times = await interleave(subjects, effort);
  const perFinding = (/** @type {string} */ id) => (times.get(id)?.median ?? Number.NaN) / KINDS.length;
  for (const { registry } of [...fews, many]) registry.close();
  return {
    counts: { few: FEW, many: registered },
    again: { few: perFinding('few'), many: perFinding('many') },
    first: { few: (first.few * 1000) / firstFindings, many: (first.many * 1000) / firstFindings },
  };
}

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
  const registry = new TrustAwareAgentRegistry({ trust });
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

/** @param {Awaited<ReturnType<typeof registryOf>>} of */
function findings({ registry }) {
  return async () => {
    for (const kind of KINDS) await find(registry, kind);
  };
}

/**
 * The next so many agents, each by what it alone can do.
 * @param {Awaited<ReturnType<typeof registryOf>>} of
 * @param {number} count
 */
async function findEach(of, count) {
  for (let i = 0; i < count; i += 1) {
    const agent = await find(of.registry, `skill_${of.next}`);
    if (agent.name !== `agent-${of.next}`) throw new Error(`found ${agent.name}`);
    of.next += 1;
  }
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

/** @param {() => Promise<void>} work */
async function elapsed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
