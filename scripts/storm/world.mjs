// What every process of the storm makes: the store, the engine, the keys, the agents and the patterns.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustAwareWorkflowBuilder,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { PostgresEngine } from '@kaizen-eatp/engine-postgres';
import { allPatterns, sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { MapReduce } from 'kaizen-eatp-pattern-map-reduce';
import { patternSetups } from '../../packages/patterns/test/pattern-setups.ts';

/** @typedef {{ folder: string, url?: string, authorityId?: string, pythonKey?: string, python?: string }} Place */

const STEPS = 6;

/** Chains of calls side by side, then a wait that makes the run leave its process. */
const chains = definePattern({
  name: 'chains',
  async execute({ agents: [lead, ...others], delegate, invoke, sleep }) {
    const totals = await Promise.all(
      others.map(async (agent, i) => {
        await delegate(lead, agent);
        let total = i;
        for (let step = 0; step < STEPS; step += 1) total = (await invoke(agent, { total })).total;
        return total;
      }),
    );
    await sleep(1_100);
    return invoke(lead, { total: totals.reduce((a, b) => a + b) });
  },
});

/** An agent in Python that was interrupted is asked again by the pattern: it does no harm twice. */
const insisting = definePattern({
  name: 'insisting',
  async execute({ agents: [lead, ...others], delegate, invoke, input }) {
    let value = await invoke(lead, input);
    for (const agent of others) {
      await delegate(lead, agent);
      for (let answer; answer === undefined; ) {
        answer = await invoke(agent, value).catch((error) => {
          if (error.code !== 'AGENT_DISCONNECTED') throw error;
        });
        if (answer !== undefined) value = answer;
      }
    }
    return value;
  },
});

/** What can be submitted: by name, the pattern, its agents, its options and its input. */
export function kindsOf(hasPython) {
  const kinds = {};
  for (const [pattern, [{ agents }]] of Object.entries(patternSetups))
    kinds[pattern] = {
      pattern,
      agents: Object.keys(agents).map((name) => `${pattern}_${name}`),
      input: 'task',
    };
  const list = ['list_one', 'list_two', 'list_three'];
  kinds.chains = { pattern: 'chains', agents: ['add_lead', 'add_one', 'add_two', 'add_three'], input: null };
  kinds.map_reduce = {
    pattern: 'map_reduce',
    agents: list,
    options: { chunk: 2 },
    input: [1, 2, 3, 4, 5, 6, 7],
  };
  kinds.tools = { pattern: 'sequential', agents: ['tool_user', 'add_one'], input: { total: 1 } };
  kinds.workflow = { pattern: 'sequential', agents: ['add_lead', 'flow'], input: { total: 2 } };
  kinds.nested = { pattern: 'sequential', agents: ['nester', 'add_two'], input: { total: 3 } };
  if (hasPython)
    kinds.python = { pattern: 'insisting', agents: ['add_one', 'counter', 'add_two'], input: { total: 4 } };
  return kinds;
}

/** @param {Place} place */
export async function openWorld(place) {
  const { folder, url } = place;
  const store = url
    ? await PostgresTrustStore.open({ connectionString: url, schema: 'storm' })
    : await SqliteTrustStore.open({ path: join(folder, 'trust.db') });
  const keyManager = new FileKeyManager(join(folder, 'keys'), 'a passphrase for the storm');
  const trust = new TrustOperations({ store, keyManager });
  const engine = url
    ? await PostgresEngine.open({ connectionString: url, schema: 'storm_queue', onError: () => undefined })
    : undefined;
  const agents = [];
  const patterns = [...allPatterns, MapReduce, chains, insisting];
  const options = { trust, agents, patterns, ...(engine && { engine }) };
  /** Notes that an agent or tool begins to work, then works for a while. */
  const act = async (context) => {
    appendFileSync(join(folder, 'acts.log'), `${context.invocationId}\n`);
    await pause(100 + Math.random() * 2_000);
    context.signal?.throwIfAborted();
  };
  const add = (name, work, more = {}) => {
    const agent = async (input, context) => {
      await act(context);
      return work(input, context);
    };
    const trusted = new TrustedAgent({ name, agent, trust, interrupted: 'retry', ...more });
    agents.push(trusted);
    return trusted;
  };
  for (const [pattern, [{ agents: cast }]] of Object.entries(patternSetups))
    for (const [name, { run }] of Object.entries(cast)) add(`${pattern}_${name}`, run);
  const plusOne = ({ total }) => ({ total: total + 1 });
  const [lead, one, two] = ['add_lead', 'add_one', 'add_two', 'add_three'].map((name) => add(name, plusOne));
  for (const name of ['list_one', 'list_two', 'list_three']) add(name, (items) => ({ items }));
  const tool = {
    run: async ({ total }, context) => {
      await act(context);
      return total + 1;
    },
  };
  add(
    'tool_user',
    async ({ total }, context) => {
      const parts = [total, total + 10].map((each) => context.callTool('increase', { total: each }));
      return { total: (await Promise.all(parts)).reduce((a, b) => a + b) };
    },
    { tools: { increase: tool } },
  );
  // It makes its own runtime, in the deployment of the run around it.
  const inner = () =>
    new TrustAwareOrchestrationRuntime({ trust, agents: [lead, one, two], patterns: [sequential] });
  add(
    'nester',
    async (input, context) =>
      (await inner().execute(input, { pattern: 'sequential', within: context })).result,
  );
  let flow;
  add('flow', (input, context) => flow.run(input, context));
  const establish = async (authorityId) => {
    const more = { tool_user: ['increase'] };
    for (const agent of agents) {
      const [pattern, ...rest] = Object.keys(patternSetups).filter((name) =>
        agent.name.startsWith(`${name}_`),
      );
      const role = pattern && patternSetups[pattern][0].agents[agent.name.slice(pattern.length + 1)];
      if (rest.length > 0) throw new Error(`${agent.name} belongs to two patterns`);
      const capabilities = role ? (role.capabilities ?? ['work']) : (more[agent.name] ?? ['work']);
      await agent.establishTrust({ authorityId, capabilities });
    }
  };
  const ready = async () => {
    flow = await new TrustAwareWorkflowBuilder(trust)
      .addAgent(one, ['work'])
      .addAgent(two, ['work'])
      .connect(one, two, ['work'])
      .build();
  };
  return { store, trust, engine, agents, options, establish, ready };
}

/** Starts the Python agent of this process. */
export async function spawnCounter(trust, { authorityId, pythonKey, python }) {
  return spawnPythonAgents({
    trust,
    authorityId,
    module: fileURLToPath(new URL('./counter.py', import.meta.url)),
    agents: { counter: { attribute: 'count', capabilities: ['work'] } },
    keys: { counter: pythonKey },
    python,
    onLog: () => undefined,
  });
}
