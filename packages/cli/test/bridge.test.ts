import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen, resultIn, startKaizen } from './support/kaizen.js';
import { wordsOf } from './support/run-script.js';
import { SERVICE_CALLS } from './support/services.js';
import { makeWorld, type World } from './support/world.js';

const WORKER = fileURLToPath(new URL('../../../.venv/bin/kaizen-eatp-bridge', import.meta.url));

/** Resolves with the standard output of a process from now on, as soon as it matches. */
function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: unknown): void => {
      text += String(chunk);
      if (!pattern.test(text)) return;
      child.stdout?.off('data', take);
      resolve(text);
    };
    child.stdout?.on('data', take);
    child.once('close', () => reject(new Error(`the process ended after: ${text}`)));
  });
}

describe('kaizen-eatp bridge', () => {
  let world: World;
  let bridge: ChildProcess;
  let url: string;
  beforeAll(async () => {
    world = makeWorld();
    expect(await kaizen(['init', '--name', 'ACME', '--id', 'org-acme'], { env: world.env })).toMatchObject({
      code: 0,
    });
    bridge = startKaizen([...wordsOf(SERVICE_CALLS.listen), '--json'], world.env);
    const line = await printed(bridge, /\n\}?/);
    ({ url } = (JSON.parse(line.split('\n')[0] as string) as { result: { url: string } }).result);
  });
  afterAll(() => {
    bridge.kill('SIGKILL');
    world.remove();
  });

  it('makes a token that lets a Python worker enrol its agent, which then has a chain', async () => {
    const made = await kaizen([...wordsOf(SERVICE_CALLS.token), '--json'], { env: world.env });
    expect(made, made.stdout).toMatchObject({ code: 0 });
    const { token, expires_in } = resultIn(made);
    expect({ token, expires_in }).toEqual({ token: expect.stringMatching(/^eatp1_/), expires_in: 300_000 });
    writeFileSync(
      world.path('agents.py'),
      'def analyst(question: str = "") -> dict:\n    return {"answer": question}\n',
    );
    const worker = spawn(
      WORKER,
      ['join', url, '--agent', 'analyst=agents.py:analyst', '--keys', world.path('worker.json')],
      {
        cwd: world.folder,
        env: { PATH: process.env.PATH, HOME: world.folder, KAIZEN_EATP_TOKEN: token as string },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    try {
      let said = '';
      worker.stderr.on('data', (chunk) => {
        said += chunk;
      });
      const joined = await Promise.race([
        printed(bridge, /"type":"joined"/),
        once(worker, 'close').then(() => Promise.reject(new Error(said))),
      ]);
      expect(joined).toContain('"agent":"analyst"');
      const shown = resultIn(await kaizen(['agent', 'list', '--json'], { env: world.env }));
      expect(JSON.stringify(shown)).toContain('analyst');
    } finally {
      worker.kill('SIGKILL');
    }
  });

  it('reports why the bridge makes no token', async () => {
    const call = ['bridge', 'token', '--authority', 'org-none', '--agent', 'analyst=x', '--json'];
    const { code, stdout } = await kaizen(call, { env: world.env });
    expect(code).toBe(2);
    expect(stdout).toContain("got 'org-none'");
  });

  it('finds only a bridge of the same deployment', async () => {
    const env = { ...world.env, KAIZEN_EATP_KEYS: world.path('other') };
    const done = await kaizen([...wordsOf(SERVICE_CALLS.token), '--json'], { env });
    expect(done.code).toBe(3);
    expect(done.stdout).toContain('No bridge of this deployment runs');
  });

  it('needs TLS outside loopback, and both parts of it', async () => {
    const open = await kaizen(['bridge', 'serve', '--host', '0.0.0.0', '--json'], { env: world.env });
    expect(open.code).toBe(2);
    expect(open.stdout).toContain('BRIDGE_INSECURE');
    writeFileSync(world.path('cert.pem'), 'x');
    const half = await kaizen(['bridge', 'serve', '--tls-cert', world.path('cert.pem'), '--json'], {
      env: world.env,
    });
    expect(half.code).toBe(2);
    writeFileSync(world.path('key.pem'), 'x');
    chmodSync(world.path('key.pem'), 0o644);
    const call = wordsOf(SERVICE_CALLS.listenTls.replaceAll('{folder}', world.folder));
    const readable = await kaizen([...call, '--json'], { env: world.env });
    expect(readable.code).toBe(2);
    expect(readable.stdout).toContain('SECRET_EXPOSED');
  });

  it('exits with 0 when it is interrupted, and is then no longer found', async () => {
    const closed = once(bridge, 'close');
    bridge.kill('SIGINT');
    expect((await closed)[0]).toBe(0);
    expect(await kaizen(wordsOf(SERVICE_CALLS.token), { env: world.env })).toMatchObject({ code: 3 });
  });
});
