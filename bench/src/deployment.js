import {
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { input, agents as work } from './work.js';

/**
 * A deployment of so many trusted agents; each does one of the three pieces of work, in turn.
 * @param {number} count
 * @param {number} [retainRuns]
 */
export async function deploymentOf(count, retainRuns = 100) {
  const trust = new TrustOperations({ store: new MemoryTrustStore({ retainRuns }) });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  const agents = [];
  for (let i = 0; i < count; i += 1) {
    const agent = new TrustedAgent({ name: `agent-${i}`, agent: work[i % work.length], trust });
    await agent.establishTrust({ authorityId, capabilities: ['read_data', 'write_data'] });
    agents.push(agent);
  }
  return { trust, agents };
}

/** @typedef {Awaited<ReturnType<typeof deploymentOf>>} AgentsInUse */

/**
 * A runtime of all agents, and a run in which three of them take part: from the start, the middle and the end.
 * @param {AgentsInUse} deployment
 */
export function runOfThree({ trust, agents }) {
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential] });
  const middle = Math.floor(agents.length / 2);
  // The middle one does the work of the second agent, and so on: what each does is the same in every deployment.
  const places = [0, middle - (middle % 3) + 1, agents.length - 1 - (agents.length % 3)];
  const names = places.map((place) => agents[place].name);
  return async () => (await runtime.execute(input, { pattern: 'sequential', agents: names })).result;
}

/**
 * A verdict about the next agent, so that all are in use.
 * @param {AgentsInUse} deployment
 */
export function verifyEach({ trust, agents }) {
  let next = 0;
  return async () => {
    const { id } = agents[next];
    next = (next + 1) % agents.length;
    const { valid, reason } = await trust.verify({ agentId: id, action: 'read_data' });
    if (!valid) throw new Error(`refused: ${reason}`);
  };
}
