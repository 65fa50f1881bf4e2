import { fileURLToPath } from 'node:url';
import { PythonBridge, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import {
  type EatpError,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { expect, it, onTestFinished } from 'vitest';
import { ownFolder } from './support/joined-worker.js';
import { run } from './support/python-program.js';
import { PYTHON } from './support/remote-world.js';

const fileOf = (name: string): string => fileURLToPath(new URL(`./python/${name}`, import.meta.url));

/** A bridge that serves a translator, and what it was asked. */
async function served() {
  const store = new MemoryTrustStore();
  const trust = new TrustOperations({ store });
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const asked: unknown[] = [];
  const ended: unknown[] = [];
  const translator = new TrustedAgent({
    name: 'translator',
    trust,
    agent: (input: { text: string }) => {
      asked.push(input);
      if (input.text === 'boom') throw new Error('no such word');
      return input.text.toUpperCase();
    },
  });
  const sleeper = new TrustedAgent({
    name: 'sleeper',
    trust,
    agent: (_: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended.push('aborted');
          reject(signal.reason);
        });
      }),
  });
  for (const agent of [translator, sleeper])
    await agent.establishTrust({ authorityId: acme.id, capabilities: ['translate'] });
  const bridge = await PythonBridge.listen({ trust, serves: [translator, sleeper] });
  onTestFinished(() => bridge.close({ drain: 0 }));
  return { store, trust, acme, bridge, asked, ended };
}

it('is called by a Python program, which delegates for it as one of its own', async () => {
  const { store, acme, bridge, asked, ended } = await served();
  const token = await bridge.createEnrolmentToken({
    authorityId: acme.id,
    agents: { planner: { capabilities: ['plan'] } },
  });
  const told = JSON.parse(
    await run(PYTHON, [fileOf('calling_program.py'), bridge.url, token, `${ownFolder()}/keys.json`]),
  );
  expect(told).toEqual({
    answer: { result: 'HALLO' },
    wider: ['DENIED', expect.any(String)],
    failed: ['EXCEPTION', expect.any(String)],
    nobody: ['NOT_FOUND', 'Refusal'],
    late: ['DEADLINE', expect.any(String)],
  });
  expect(asked).toEqual([{ text: 'hallo', size: 2n ** 60n }, { text: 'boom' }]);
  await expect.poll(() => ended).toEqual(['aborted']);
  const trail = await store.readTrail('outside-runs');
  const done = trail
    .filter(({ agentId }) => agentId === 'agent-translator')
    .map(({ text }) => JSON.parse(text));
  expect(done.map(({ context }) => context.task_id)).toContain('t-1');
  for (const { context } of done) expect(context).not.toHaveProperty('person');
});

it.each<[string, { planner: string; processes?: number }]>([
  ['in a thread', { planner: 'planner' }],
  ['as a coroutine', { planner: 'native_planner' }],
  ['in a process', { planner: 'planner', processes: 1 }],
])('is called by an agent that is being invoked, %s, as part of that', async (_, { planner, processes }) => {
  const { trust, acme, bridge, asked } = await served();
  const python = await spawnPythonAgents({
    bridge,
    authorityId: acme.id,
    python: PYTHON,
    module: fileOf('calling_agents.py'),
    agents: { planner: { attribute: planner, capabilities: ['plan'] } },
    ...(processes && { processes }),
    onLog: () => undefined,
  });
  onTestFinished(() => python.close());
  const agents = { planner: python.agents.planner as TrustedAgent };
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential] });
  const outcome = await runtime.execute({ goal: 'lunch' }, { pattern: 'sequential', taskId: 't-1' });
  expect(outcome.result).toEqual({ plan: 'LUNCH' });
  expect(asked).toEqual([{ text: 'lunch' }]);
  const told = outcome.delegations.map((d) => [d.delegatorId, d.delegateeId, d.taskId]);
  expect(told).toContainEqual(['agent-planner', 'agent-translator', 't-1']);
  expect(outcome.auditTrail.map(({ agentId }) => agentId)).toContain('agent-translator');
});

it.each([
  ['greedy_planner', /DENIED|may not|not hold|read_secrets/],
  ['lost_planner', /serves no agent 'nobody'/],
])('fails the agent that calls it without a right: %s', async (attribute, why) => {
  const { acme, bridge, asked } = await served();
  const python = await spawnPythonAgents({
    bridge,
    authorityId: acme.id,
    python: PYTHON,
    module: fileOf('calling_agents.py'),
    agents: { planner: { attribute, capabilities: ['plan'] } },
    onLog: () => undefined,
  });
  onTestFinished(() => python.close());
  const refused = (await python.agents.planner
    ?.run({ goal: 'x' })
    .catch((thrown: unknown) => thrown)) as EatpError;
  expect(refused.message).toMatch(why);
  // The next step is named once, however many processes the error crossed.
  const { message, remedy } = refused.cause as EatpError;
  expect(remedy).not.toBe('');
  expect(message.split(remedy)).toHaveLength(2);
  expect(asked).toEqual([]);
});
