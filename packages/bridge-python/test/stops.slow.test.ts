import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type PythonAgents, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';
import { expect, it, onTestFinished } from 'vitest';
import { PYTHON } from './support/remote-world.js';

type Name = 'echo' | 'wait' | 'pid' | 'leave' | 'raise_signal' | 'leave_from_thread';
const NAMES: readonly Name[] = ['echo', 'wait', 'pid', 'leave', 'raise_signal', 'leave_from_thread'];

/** One worker with the agents of `mortal_agents.py`. */
async function mortal(): Promise<
  PythonAgents<Name> & { call(name: Name, input: unknown): Promise<unknown> }
> {
  const trust = new TrustOperations();
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const workers = await spawnPythonAgents<Name>({
    trust,
    authorityId,
    bridgeOptions: { grace: 1_000, heartbeat: 250, joinTimeout: 60_000 },
    module: fileURLToPath(new URL('./python/mortal_agents.py', import.meta.url)),
    agents: NAMES,
    python: PYTHON,
    verify: 'signature',
    onLog: () => undefined,
  });
  onTestFinished(() => workers.close());
  const call = (name: Name, input: unknown) => workers.agents[name].run(input, { standalone: true });
  return Object.assign(workers, { call });
}

const codeOf = (error: { code: string; cause?: { code: string } }): string =>
  error.code === 'AGENT_FAILED' ? (error.cause?.code as string) : error.code;
const signalNumber = (name: keyof typeof constants.signals): number => constants.signals[name];

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.each<[string, Name, number]>([
  ...[0, 1, 2, 3, 4, 127, 134].map((code): [string, Name, number] => [`exit code ${code}`, 'leave', code]),
  ['exit code 2 from a thread', 'leave_from_thread', 2],
  ...(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const).map((name): [string, Name, number] => [
    name,
    'raise_signal',
    signalNumber(name),
  ]),
])(
  'a worker that ends with %s in the middle of calls answers each of them and comes back',
  async (_, how, value) => {
    const workers = await mortal();
    const before = await workers.call('pid', 0);
    const others = [1, 2, 3].map(() => workers.call('wait', 60).catch(codeOf));
    const fatal = workers.call(how, value).catch(codeOf);
    expect(await Promise.all([fatal, ...others])).toEqual(Array(4).fill('AGENT_DISCONNECTED'));
    // A call that is made while no worker is there waits for it.
    expect(await workers.call('echo', 'back')).toBe('back');
    expect(await workers.call('pid', 0)).not.toBe(before);
  },
  120_000,
);

it.each(['SIGTERM', 'SIGINT'] as const)(
  'a worker that gets %s finishes its calls and comes back',
  async (name) => {
    const workers = await mortal();
    const before = await workers.call('pid', 0);
    const busy = workers.call('wait', 1);
    const draining = new Promise((resolve) => workers.bridge.on('workerDraining', resolve));
    process.kill(before as number, name);
    await draining;
    const after = workers.call('pid', 0);
    expect(await busy).toBe('done');
    expect(await after).not.toBe(before);
  },
  120_000,
);

it.each(['SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGINT'] as const)(
  'an idle worker that gets %s comes back',
  async (name) => {
    const workers = await mortal();
    const before = await workers.call('pid', 0);
    const left = new Promise((resolve) => workers.bridge.on('workerLeft', resolve));
    process.kill(before as number, name);
    await left;
    expect(await workers.call('pid', 0)).not.toBe(before);
  },
  120_000,
);

it.each([
  ['idle', 0],
  ['busy', 2],
])(
  'a worker that is stopped (SIGSTOP) while %s is reported as away, given up, and replaced',
  async (_, calls) => {
    const workers = await mortal();
    const before = (await workers.call('pid', 0)) as number;
    const seen: string[] = [];
    for (const type of ['interrupted', 'workerLeft'] as const) workers.bridge.on(type, () => seen.push(type));
    const busy = Array.from({ length: calls }, () => workers.call('wait', 60).catch(codeOf));
    await expect.poll(() => workers.bridge.workers[0]?.inProgress).toBe(calls);
    process.kill(before, 'SIGSTOP');
    expect(await Promise.all(busy)).toEqual(Array(calls).fill('AGENT_DISCONNECTED'));
    await expect.poll(() => seen, { timeout: 30_000 }).toEqual(['interrupted', 'workerLeft']);
    // It is ended at once: the five seconds of a worker that leaves in order are not for one that does not answer.
    await expect.poll(() => isThere(before), { timeout: 4_000 }).toBe(false);
    expect(await workers.call('pid', 0)).not.toBe(before);
  },
  120_000,
);
