import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BridgeError, type PythonAgents, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';
import type { AgentExecutionError } from '@kaizen-eatp/core/errors';
import { expect, it, onTestFinished } from 'vitest';
import { internalsOf } from '../src/python-bridge.js';
import { nodeMemory } from './support/node-memory.js';
import { PYTHON } from './support/remote-world.js';

const MODULE = fileURLToPath(new URL('./python/echo_agents.py', import.meta.url));
const MIB = 2 ** 20;

async function echoes<Name extends string>(
  agents: readonly Name[],
  options: { verify?: 'signature' | 'off'; env?: Record<string, string> } = {},
): Promise<PythonAgents<Name>> {
  const trust = new TrustOperations();
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const python = await spawnPythonAgents({
    trust,
    authorityId,
    module: MODULE,
    agents,
    python: PYTHON,
    verify: 'signature',
    onLog: () => undefined,
    ...options,
  });
  onTestFinished(() => python.close());
  return python;
}

it('carries inputs and outputs of 10 MB as they are', async () => {
  const { agents } = await echoes(['echo', 'grow']);
  const text = 'ten bytes\n'.repeat(1_000_000);
  expect((await agents.echo.run(text)) === text).toBe(true);
  const bytes = Buffer.alloc(10_000_000, 'bytes');
  expect(bytes.equals((await agents.echo.run(bytes)) as Buffer)).toBe(true);
  const records = Array.from({ length: 100_000 }, (_, i) => ({ i, half: i + 0.5, text: 'x'.repeat(80) }));
  expect(JSON.stringify(await agents.echo.run({ value: records }))).toBe(JSON.stringify(records));
  expect(await agents.grow.run(10_000_000)).toHaveLength(10_000_000);
});

it('says what is too large, which way it went and what to do, and goes on', async () => {
  const { agents, bridge } = await echoes(['echo', 'grow']);
  const causeOf = (call: Promise<unknown>): Promise<BridgeError> =>
    call.then(
      () => expect.fail('it went through'),
      (error: AgentExecutionError) => error.cause as BridgeError,
    );

  const wayThere = await causeOf(agents.echo.run('x'.repeat(33 * MIB)));
  expect(wayThere.code).toBe('MESSAGE_TOO_LARGE');
  expect(wayThere.message).toMatch(/input for agent 'echo' is too large/);
  expect(wayThere.message).toMatch(/at most 335\d{5} bytes.*34603\d{3} bytes.*maxMessageBytes/s);

  const wayBack = await causeOf(agents.grow.run(33 * MIB));
  expect(wayBack.code).toBe('MESSAGE_TOO_LARGE');
  expect(wayBack.message).toMatch(/The output of agent 'grow' is too large.*34603\d{3} bytes.*33554432/s);

  expect(await agents.echo.run('small')).toBe('small');
  expect(bridge.counters.violations).toEqual({});
});

const CALLS = 10_000;
/** How many calls a worker takes concurrently by default. */
const TAKEN = 256;

it('holds ten thousand calls in flight, in bounds, and does not grow with what has passed', async () => {
  const { bridge, pids } = await echoes(['crowd'], { verify: 'off', env: { CROWD: String(TAKEN) } });
  // Without the guard, whose records of what was done are there to stay.
  const crowd = internalsOf(bridge as never).bareAgent('crowd');
  const call = (input: object): Promise<unknown> => crowd.run(input, undefined as never);
  const wave = async (calls: number): Promise<void> => {
    const value = 'x'.repeat(1_000);
    const outputs = await Promise.all(
      Array.from({ length: calls }, (_, i) => call({ what: 'work', value: `${i} ${value}` })),
    );
    expect(outputs.every((output, i) => output === `${i} ${value}`)).toBe(true);
  };

  const held = Array.from({ length: TAKEN + CALLS + 44 }, (_, i) => call({ what: 'work', value: i }));
  const all = Promise.allSettled(held);
  const refused = await Promise.all(
    held.slice(-44).map((late) => late.catch((error: BridgeError) => error.code)),
  );
  expect(refused).toEqual(Array.from({ length: 44 }, () => 'BRIDGE_OVERLOADED'));
  expect((await all).filter(({ status }) => status === 'fulfilled')).toHaveLength(TAKEN + CALLS);
  expect(await call({ what: 'most' })).toBe(TAKEN);

  for (let i = 0; i < 2; i++) await wave(CALLS);
  const before = { node: nodeMemory(), python: pythonMemory(pids[0] as number) };
  for (let i = 0; i < 4; i++) await wave(CALLS);
  // The values that passed meanwhile have 40 MB each way.
  expect(nodeMemory() - before.node).toBeLessThan(8 * MIB);
  expect(pythonMemory(pids[0] as number) - before.python).toBeLessThan(8 * MIB);
});

/** Resident, in bytes. */
function pythonMemory(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}
