import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PythonBridge, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import {
  type HumanOrigin,
  type RunEvent,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern, type PatternExecution, type RunObserver } from '@kaizen-eatp/core/plugin';
import { expect, it, onTestFinished } from 'vitest';
import { selfSigned } from './support/certificate.js';
import { ownFolder, runBridgeCommand } from './support/joined-worker.js';
import { PYTHON } from './support/remote-world.js';

const MODULE = fileURLToPath(new URL('./python/long_agents.py', import.meta.url));
const ALICE: HumanOrigin = {
  humanId: 'alice@acme.example',
  displayName: 'Alice',
  authProvider: 'oidc',
  sessionId: 's-1',
  authenticatedAt: '2026-03-02T09:00:00+00:00',
};

type Spawn = Partial<Parameters<typeof spawnPythonAgents>[0]>;

async function team(names: readonly string[], options: Spawn = {}) {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const python = await spawnPythonAgents({
    trust,
    authorityId: acme.id,
    module: MODULE,
    python: PYTHON,
    agents: Object.fromEntries(names.map((name) => [name, { capabilities: ['work'] }])),
    verify: 'signature',
    onLog: () => undefined,
    ...options,
  });
  onTestFinished(() => python.close());
  const boss = new TrustedAgent({ name: 'boss', trust, agent: () => 'begun' });
  await boss.establishTrust({ authorityId: acme.id, capabilities: ['work'] });
  const agents = { boss, ...python.agents };
  const runtime = (
    execute: (execution: PatternExecution) => Promise<unknown>,
    observers: readonly RunObserver[] = [],
  ) =>
    new TrustAwareOrchestrationRuntime({
      agents,
      observers,
      trust,
      patterns: [definePattern({ name: 'probe', execute })],
    });
  return { trust, acme, python, runtime };
}

const delegating =
  (input: unknown) =>
  async ({ agents, invoke, delegate }: PatternExecution): Promise<unknown> => {
    const [boss, python] = agents;
    await delegate(boss!, python!, { capabilities: ['work'], constraints: ['read_only'] });
    return invoke(python!, input);
  };

const outcomes = (trail: readonly unknown[]): unknown[] =>
  (trail as { agentId: string; context?: { outcome?: string } }[])
    .filter(({ agentId }) => agentId !== 'agent-boss')
    .map(({ context }) => context?.outcome);

it.each(['counter', 'blocking_counter'])('streams the reports of %s to the run’s listeners', async (name) => {
  const { runtime } = await team([name]);
  const { events, result } = runtime(delegating({ upto: 600 })).start('x', { pattern: 'probe' as never });
  const steps: unknown[] = [];
  for await (const event of events as AsyncIterable<RunEvent>)
    if (event.type === 'progress') steps.push((event.progress as { step: number }).step);
  expect((await result).result).toBe('counted');
  // More than a window holds, all of them, in order.
  expect(steps).toEqual(Array.from({ length: 600 }, (_, i) => i));
});

it('counts what a Python agent used, against the budget and in the signed outcome', async () => {
  const { runtime } = await team(['spender']);
  const twice = async ({ agents, invoke }: PatternExecution): Promise<unknown> => [
    await invoke(agents[1]!, { tokens: 12 }),
    await invoke(agents[1]!, { tokens: 1 }).catch((error) => error.denial.reason),
  ];
  const run = await runtime(twice).execute('x', { pattern: 'probe' as never, budget: { tokens: 12 } });
  expect(run.result).toEqual(['spent', expect.stringContaining('budget.tokens')]);
  expect(run.auditTrail.map(({ context }) => context?.usage)).toContainEqual({ tokens: 12, cost: 0.5 });
});

it('stops a blocking agent in the middle, when it runs in a process of its own', async () => {
  const path = join(ownFolder(), 'log');
  const { runtime, python } = await team(['sleeper'], { processes: 1 });
  const handle = runtime(delegating({ path, seconds: 30 })).start('x', { pattern: 'probe' as never });
  await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
  const [pid] = readFileSync(path, 'utf8').split(' ');
  handle.cancel('enough');
  const error = await handle.result.catch((thrown) => thrown);
  expect(error.code).toBe('EXECUTION_CANCELLED');
  expect(outcomes(error.run.auditTrail)).toEqual(['cancelled']);
  const isAlive = (): boolean => {
    try {
      return process.kill(Number(pid), 0);
    } catch {
      return false;
    }
  };
  await expect.poll(isAlive, { timeout: 10_000 }).toBe(false);
  expect(readFileSync(path, 'utf8')).not.toContain('ended');
  // Another has taken its place.
  expect(await python.agents.sleeper?.run({ path, seconds: 0 })).toBe('slept');
}, 60_000);

it('records a timeout as one, whichever side notices it first', async () => {
  const { runtime } = await team(['napper']);
  for (let i = 0; i < 5; i++) {
    const error = await runtime(delegating({ seconds: 30 }))
      .execute('x', { pattern: 'probe' as never, timeout: 150 })
      .catch((thrown) => thrown);
    expect(error.code).toBe('EXECUTION_TIMEOUT');
    expect(outcomes(error.run.auditTrail)).toEqual(['timed_out']);
  }
});

it('tells an agent for whom and under what it works, and Kaizen too', async () => {
  const { runtime } = await team(['informed'], { verify: 'full' });
  const { result, runId } = await runtime(delegating({ _: 0 })).execute('x', {
    pattern: 'probe' as never,
    taskId: 'task-7',
    humanOrigin: ALICE,
    timeout: 60_000,
  });
  expect(result).toMatchObject({
    agent_id: 'agent-informed',
    task_id: 'task-7',
    run_id: runId,
    action: 'work',
    has_deadline: true,
    human: ALICE.humanId,
    chain: ['agent-boss', 'agent-informed'],
    depth: 1,
    constraints: ['read_only'],
    traceparent: null,
    active: null,
  });
}, 60_000);

it('takes the trace of the application’s tracing', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { runtime } = await team(['informed'], { bridgeOptions: { trace: () => ({ traceparent }) } });
  const { result } = await runtime(delegating({ _: 0 })).execute('x', {
    pattern: 'probe' as never,
  });
  expect(result).toMatchObject({ traceparent, active: traceparent });
});

it('carries the trace that an observer gives to the Python agent, and shows the agent to it as a remote one', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const remote: (readonly [string, boolean])[] = [];
  const observer: RunObserver = {
    aroundInvocation: ({ agentName, isRemote }) => remote.push([agentName, isRemote]),
    trace: () => ({ traceparent }),
  };
  const { runtime } = await team(['informed']);
  const { result } = await runtime(
    async (execution) => {
      await execution.invoke(execution.agents[0]!, 1);
      return delegating({ _: 0 })(execution);
    },
    [observer],
  ).execute('x', { pattern: 'probe' as never });
  expect(result).toMatchObject({ traceparent, active: traceparent });
  expect(remote).toEqual([
    ['boss', false],
    ['informed', true],
  ]);
});

it('brings what Python raises home, without its secrets, and records it', async () => {
  const { runtime } = await team(['leaky']);
  const error = await runtime(delegating({ key: 'sk-abcdefghijklmnop' }))
    .execute('x', { pattern: 'probe' as never })
    .catch((thrown) => thrown);
  expect(error).toMatchObject({
    code: 'AGENT_FAILED',
    cause: {
      code: 'PYTHON_EXCEPTION',
      pythonType: 'RuntimeError',
      traceback: expect.stringMatching(/long_agents\.py", line \d+, in leaky/),
    },
  });
  expect(outcomes(error.run.auditTrail)).toEqual(['failure']);
  expect(JSON.stringify([error, error.cause, error.message, error.cause.traceback])).not.toContain(
    'abcdefghijklmnop',
  );
});

it('says what to change when an input does not fit the agent, in a thread and in a process', async () => {
  for (const processes of [0, 1]) {
    const { python } = await team(['total'], { processes });
    const call = python.agents.total!.run({ unknown: 1 }, { standalone: true });
    await expect(call).rejects.toMatchObject({
      cause: {
        code: 'PYTHON_EXCEPTION',
        pythonType: 'AgentInputError',
        received: expect.stringMatching(/^The input does not fit total\(.*: it has the fields unknown\.$/),
        remedy: 'Name the fields like the parameters, or give the function one parameter for all.',
      },
    });
  }
});

it('lets a worker that is asked to stop finish what it does, and gives it nothing more', async () => {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const bridge = await PythonBridge.listen({ trust, joinTimeout: 300 });
  onTestFinished(() => bridge.close({ drain: 0 }));
  const token = await bridge.createEnrolmentToken({ authorityId: acme.id, agents: { napper: {} } });
  const keys = join(ownFolder(), 'keys.json');
  const args = [
    'join',
    bridge.url,
    '--keys',
    keys,
    '--agent',
    `napper=${MODULE}:napper`,
    '--verify',
    'signature',
  ];
  const worker = runBridgeCommand([...args, '--token', token]);
  await worker.until(/joined as/);
  const napper = bridge.agent('napper');
  const underWay = napper.run({ seconds: 0.6 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  worker.process.kill('SIGTERM');
  await worker.until(/SIGTERM/);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const tooLate = napper.run({ seconds: 0 }, { standalone: true }).catch((error) => error);
  expect(await underWay).toBe('slept');
  expect(await worker.exited).toBe(0);
  expect(await tooLate).toMatchObject({ cause: { code: 'AGENT_UNAVAILABLE' } });
});

it('joins over TLS, and not without the certificate, nor without TLS', async () => {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const { cert, key, folder } = selfSigned();
  const bridge = await PythonBridge.listen({ trust, host: '0.0.0.0', tls: { cert, key } });
  onTestFinished(() => bridge.close({ drain: 0 }));
  const token = await bridge.createEnrolmentToken({ authorityId: acme.id, agents: { echo: {} } });
  const url = bridge.url.replace('0.0.0.0', 'localhost');
  const args = ['--token', token, '--keys', join(ownFolder(), 'keys.json'), '--agent', `echo=${MODULE}:echo`];

  const plain = runBridgeCommand(['join', 'ws://192.0.2.1:7411', ...args]);
  expect(await plain.exited).toBe(2);
  expect(plain.lines.join()).toContain('wss://');

  const distrustful = runBridgeCommand(['join', url, ...args]);
  await distrustful.until(/certificate/i);
  distrustful.process.kill('SIGKILL');

  const worker = runBridgeCommand(['join', url, ...args, '--ca', join(folder, 'cert.pem')]);
  await worker.until(/joined as echo/);
  expect(await bridge.agent('echo').run({ value: 'over TLS' })).toBe('over TLS');
}, 60_000);

it('keeps an agent’s chain, whether its worker joins at the first call, late, or comes back under the same key', async () => {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const bridge = await PythonBridge.listen({ trust });
  onTestFinished(() => bridge.close({ drain: 0 }));
  const token = await bridge.createEnrolmentToken({
    authorityId: acme.id,
    agents: { echo: { capabilities: ['work'] } },
  });
  const keys = join(ownFolder(), 'keys.json');
  const args = [
    'join',
    bridge.url,
    '--keys',
    keys,
    '--agent',
    `echo=${MODULE}:echo`,
    '--verify',
    'signature',
  ];
  const runtime = () =>
    new TrustAwareOrchestrationRuntime({
      agents: { echo: bridge.agent('echo') },
      trust,
      patterns: [
        definePattern({ name: 'probe', execute: ({ agents, invoke }) => invoke(agents[0]!, { value: 1 }) }),
      ],
    });

  const first = runBridgeCommand([...args, '--token', token]);
  await first.until(/joined as echo/);
  const chain = await trust.exportChain('agent-echo');
  first.process.kill('SIGTERM');
  await first.exited;

  // Nobody is there yet; the run waits for the worker, which comes without a token.
  const waiting = runtime().execute('x', { pattern: 'probe' as never });
  const late = runBridgeCommand(args);
  expect((await waiting).result).toBe(1);

  late.process.kill('SIGKILL');
  await late.exited;
  runBridgeCommand(args);
  expect((await runtime().execute('x', { pattern: 'probe' as never })).result).toBe(1);
  expect(await trust.exportChain('agent-echo')).toBe(chain);
}, 60_000);
