import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PythonAgents, PythonBridge, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { generateKeyPair, TrustOperations } from '@kaizen-eatp/core';
import { TrustAwareAgentRegistry } from '@kaizen-eatp/registry';
import { expect, it, onTestFinished } from 'vitest';
import { ownFolder } from './support/joined-worker.js';
import { PYTHON } from './support/remote-world.js';

const MODULE = fileURLToPath(new URL('./python/logged_agents.py', import.meta.url));

async function deployment() {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const folder = ownFolder();
  const lines: string[] = [];
  const base = {
    trust,
    authorityId: acme.id,
    python: PYTHON,
    module: MODULE,
    verify: 'signature' as const,
    env: { ACTION_LOG: join(folder, 'actions.log') },
    onLog: (line: string) => void lines.push(line),
  };
  const spawn = async (options: Partial<Parameters<typeof spawnPythonAgents>[0]>): Promise<PythonAgents> => {
    const python = await spawnPythonAgents({ agents: ['sleeper'], ...base, ...options });
    onTestFinished(() => python.close());
    return python;
  };
  return { trust, acme, folder, lines, base, spawn };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it('starts a file of agents as it is, pipes what it prints, and ends it', async () => {
  const { spawn, lines, trust } = await deployment();
  const python = await spawn({ agents: { nap: { attribute: 'sleeper', capabilities: ['rest'] } } });
  expect(await python.agents.nap?.run({ seconds: 0 })).toBe('slept');
  expect(python.agents.nap?.capabilities).toEqual(['rest']);
  expect((await trust.getChain('agent-nap'))?.genesis.metadata).toHaveProperty('bridge_public_key');
  await expect.poll(() => lines).toContainEqual(expect.stringContaining('joined as nap'));
  const [pid] = python.pids as [number];
  expect(isAlive(pid)).toBe(true);
  await python.close();
  expect(isAlive(pid)).toBe(false);
});

it.each<[string, object, RegExp]>([
  ['a Python that is not there', { python: '/no/such/python3' }, /could not be started.*as `python`/s],
  [
    'a Python without the package',
    { python: 'python3', env: { PYTHONPATH: '' } },
    /-m pip install kaizen-eatp-bridge/,
  ],
  [
    'a module that is not there',
    { module: 'no_such_module' },
    /no module 'no_such_module'.*Start in the folder that holds/s,
  ],
  ['a file that is not there', { module: './nowhere.py' }, /no file .*nowhere\.py/s],
  ['an attribute that is not there', { agents: ['slepper'] }, /no 'slepper'.*sleeper/s],
])('says at the start what is wrong and what to do: %s', async (_what, options, message) => {
  const { spawn } = await deployment();
  const error = await spawn(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'WORKER_FAILED', message: expect.stringMatching(message) });
});

it('says that a dependency of the module is missing, and how to install it if the project requires it', async () => {
  const { spawn, folder } = await deployment();
  const module = join(folder, 'needs_more.py');
  writeFileSync(module, 'import surely_not_installed\n\nasync def sleeper(seconds):\n    return 1\n');
  await expect(spawn({ module })).rejects.toMatchObject({
    message: expect.stringMatching(/needs the module 'surely_not_installed'.*No requirements file/s),
  });
  writeFileSync(join(folder, 'requirements.txt'), 'surely-not-installed==1.0\n');
  await expect(spawn({ module })).rejects.toMatchObject({
    message: expect.stringMatching(/pip install 'surely-not-installed==1.0'/),
  });
});

it('takes agents of several modules, with constructor arguments, a method and a rule for failures', async () => {
  const { spawn, folder } = await deployment();
  const other = join(folder, 'other_agents.py');
  writeFileSync(
    other,
    `from dataclasses import dataclass

@dataclass
class Config:
    model: str = "small"

class Asks:
    def __init__(self, config: Config):
        self.config = config

    async def ask(self, question: str):
        return {"answer": question.upper(), "model": self.config.model}

    def refuse(self, question: str):
        return {"answer": "", "error": "INVALID_INPUT"}
`,
  );
  const python = await spawn({
    agents: {
      sleeper: {},
      small: { module: other, attribute: 'Asks#ask' },
      large: { module: other, attribute: 'Asks(config={"model": "large"})#ask' },
      lenient: { module: other, attribute: 'Asks#refuse' },
      strict: { module: other, attribute: 'Asks#refuse', failures: 'error-key' },
    },
  });
  expect(await python.agents.sleeper?.run({ seconds: 0 })).toBe('slept');
  expect(await python.agents.small?.run({ question: 'a' })).toEqual({ answer: 'A', model: 'small' });
  expect(await python.agents.large?.run({ question: 'a' })).toEqual({ answer: 'A', model: 'large' });
  expect(await python.agents.lenient?.run({ question: 'a' })).toEqual({ answer: '', error: 'INVALID_INPUT' });
  await expect(python.agents.strict?.run({ question: 'a' })).rejects.toMatchObject({
    message: expect.stringContaining('INVALID_INPUT'),
  });
});

it.each([0, 2, 3, 127])('starts a worker again that one of its threads ended with code %d', async (code) => {
  const { spawn, folder } = await deployment();
  const module = join(folder, 'ends.py');
  writeFileSync(
    module,
    `import os, threading, time

def ends(code):
    threading.Thread(target=os._exit, args=(code,)).start()
    time.sleep(60)

def echo(value):
    return value
`,
  );
  const python = await spawn({ module, agents: ['ends', 'echo'] });
  await expect(python.agents.ends?.run({ code })).rejects.toMatchObject({ code: 'AGENT_DISCONNECTED' });
  expect(await python.agents.echo?.run({ value: 'back' })).toBe('back');
});

it('fails the call of an agent that calls os._exit(), and keeps the worker and the other calls', async () => {
  const { spawn, folder } = await deployment();
  const module = join(folder, 'exits.py');
  writeFileSync(
    module,
    `import os, time

def exits(code):
    os._exit(code)

def slow(seconds):
    time.sleep(seconds)
    return "done"
`,
  );
  const python = await spawn({ module, agents: ['exits', 'slow'] });
  const [pid] = python.pids;
  const slow = python.agents.slow?.run({ seconds: 0.5 });
  await expect(python.agents.exits?.run({ code: 2 }, { standalone: true })).rejects.toThrow(/os\._exit\(2\)/);
  expect(await slow).toBe('done');
  expect(python.pids).toEqual([pid]);
});

it('refuses options that are none before it starts anything', async () => {
  const { spawn, acme } = await deployment();
  for (const [options, words] of [
    [{ module: '' }, 'module'],
    [{ agents: { sleeper: { attribut: 'x' } } }, 'unknown option `attribut`'],
    [{ agents: { sleeper: { attribute: '' } } }, 'must name what makes the agent'],
    [{ agents: { sleeper: { failures: 'some' } } }, 'must be a rule for failures'],
    [{ agents: { sleeper: { module: '' } } }, 'no module to take the agent `sleeper`'],
    [{ agents: [] }, 'agents'],
    [{ trust: undefined as never }, '`trust`, or a `bridge`'],
    [{ keys: { sleeper: 'short' } }, 'base64 of 32 bytes'],
    [{ authorityId: `${acme.id}x` }, 'createEnterpriseAuthority'],
  ] as const)
    await expect(spawn(options as never)).rejects.toThrow(words);
});

it('starts a worker again that was killed, under the same keys and the same chain', async () => {
  const { spawn, trust } = await deployment();
  const python = await spawn({});
  const [pid] = python.pids as [number];
  const chain = await trust.exportChain('agent-sleeper');
  const call = python.agents.sleeper?.run({ seconds: 30 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.kill(pid, 'SIGKILL');
  await expect(call).rejects.toMatchObject({
    code: 'AGENT_DISCONNECTED',
    message: expect.stringContaining('SIGKILL'),
  });
  // Nobody has to wait for it by hand.
  expect(await python.agents.sleeper?.run({ seconds: 0 })).toBe('slept');
  expect(python.pids).not.toContain(pid);
  expect(await trust.exportChain('agent-sleeper')).toBe(chain);
});

it('gives a worker up that cannot stay, and tells those who wait for it', async () => {
  const { spawn, folder } = await deployment();
  const module = join(folder, 'once.py');
  writeFileSync(
    module,
    `import os, pathlib
mark = pathlib.Path(${JSON.stringify(join(folder, 'mark'))})
if mark.exists():
    os._exit(7)
mark.write_text("here")

async def sleeper(seconds):
    import signal
    os.kill(os.getpid(), signal.SIGKILL)
`,
  );
  const python = await spawn({ module, maxRestarts: 2 });
  await expect(python.agents.sleeper?.run({ seconds: 0 })).rejects.toMatchObject({
    code: 'AGENT_DISCONNECTED',
  });
  await expect(python.agents.sleeper?.run({ seconds: 0 })).rejects.toMatchObject({
    cause: { code: 'WORKER_FAILED', message: expect.stringContaining('code 7') },
  });
  expect(python.pids).toEqual([]);
});

it('shares calls among several workers, the least busy first', async () => {
  const { spawn } = await deployment();
  const python = await spawn({ workers: 2 });
  expect(python.pids).toHaveLength(2);
  const calls = Array.from({ length: 4 }, () =>
    python.agents.sleeper?.run({ seconds: 0.5 }, { standalone: true }),
  );
  // Two each: were one to take all, killing the other would have no effect.
  await new Promise((resolve) => setTimeout(resolve, 150));
  process.kill(python.pids[0] as number, 'SIGKILL');
  const ends = await Promise.allSettled(calls);
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
});

it('is known again by its keys, in another deployment over the same store', async () => {
  const { spawn, base } = await deployment();
  const { privateKey } = generateKeyPair();
  const keys = { sleeper: privateKey };
  await (await spawn({ keys })).close();
  const again = await spawn({ keys });
  expect(await again.agents.sleeper?.run({ seconds: 0 })).toBe('slept');
  await again.close();
  await expect(spawnPythonAgents({ ...base, agents: ['sleeper'] })).rejects.toMatchObject({
    code: 'WORKER_FAILED',
    message: expect.stringMatching(/another key.*replace the chain/s),
  });
});

it('puts agents into the registry when they join, and takes them out when they leave', async () => {
  const { base, trust } = await deployment();
  const registry = new TrustAwareAgentRegistry(trust);
  onTestFinished(() => registry.close());
  const bridge = await PythonBridge.listen({ trust, registry });
  onTestFinished(() => bridge.close({ drain: 0 }));
  const agents = { sleeper: { capabilities: ['rest'] } };
  const python = await spawnPythonAgents({ ...base, bridge, agents });
  await expect.poll(async () => (await registry.findCapableAgent('rest'))?.name).toBe('sleeper');
  await python.close();
  await expect.poll(async () => registry.size).toBe(0);
  expect(await registry.findCapableAgent('rest')).toBeUndefined();
});

it('leaves no worker behind when the process that started it is killed', async () => {
  const script = fileURLToPath(new URL('./support/spawning-process.ts', import.meta.url));
  const { spawn: start } = await import('node:child_process');
  const parent = start(process.execPath, [script, PYTHON, MODULE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (data) => resolve(Number(String(data)))),
  );
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});
