import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { EmbeddedServer } from '../../store-postgres/test/server/embedded-server.js';
import { freePort } from './support/free-port.js';
import { PYTHON } from './support/remote-world.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PATIENCE = { timeout: 180_000, interval: 100 };

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly build: { readonly dockerfile: string };
}

/** The command of an image, as its Dockerfile has it. */
const commandOf = (folder: string, { build }: Service): string[] =>
  JSON.parse(/^CMD (\[.*\])$/m.exec(readFileSync(join(folder, build.dockerfile), 'utf8'))?.[1] ?? '[]');

it('the processes of compose.yaml, with its environment and the commands of its images, answer a run over TLS and PostgreSQL, come back and drain', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  cpSync(join(ROOT, 'deploy'), folder, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  execFileSync('./make-certificates.sh', ['bridge', 'localhost'], { cwd: folder });
  const secrets = parseEnv(readFileSync(join(folder, '.env'), 'utf8')) as Record<string, string>;
  const program = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))';
  const input = readFileSync(join(folder, 'compose.yaml'));
  const compose = JSON.parse(execFileSync(PYTHON, ['-c', program], { input, encoding: 'utf8' })) as {
    services: Record<string, Service>;
    secrets: Record<string, { file: string }>;
  };
  const server = await EmbeddedServer.start();
  const [bridgePort, ...healthPorts] = await Promise.all([freePort(), freePort(), freePort()]);
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const output: string[] = [];

  /** Replaces paths and names of a container with those of this machine. */
  const here = (value: string, volumes: readonly string[]): string => {
    if (value.startsWith('postgres://')) return server.url;
    let found = value
      .replace(/\$\{(\w+)[^}]*\}/g, (_, name) => secrets[name] as string)
      .replace('wss://bridge:7411', `wss://localhost:${bridgePort}`)
      .replace(/^7411$/, String(bridgePort))
      .replace(/^\/app\//, `${folder}/`);
    const secret = /^\/run\/secrets\/(.+)$/.exec(found)?.[1];
    if (secret) found = join(folder, compose.secrets[secret]?.file as string);
    for (const volume of volumes) {
      const [name, path] = volume.split(':') as [string, string];
      if (found === path || found.startsWith(`${path}/`)) {
        found = join(folder, 'volumes', name) + found.slice(path.length);
        mkdirSync(join(folder, 'volumes', name), { recursive: true, mode: 0o700 });
      }
    }
    return found;
  };
  const start = (name: string, more: Readonly<Record<string, string>> = {}): ChildProcess => {
    const service = compose.services[name] as Service;
    const environment = Object.entries(service.environment).map(([key, value]) => [
      key,
      here(value, service.volumes),
    ]);
    const PATH = [dirname(PYTHON), dirname(process.execPath), process.env.PATH].join(delimiter);
    const [command, ...args] = commandOf(folder, service) as [string, ...string[]];
    // Nothing but what a container has.
    const env = { PATH, HOME: folder, ...Object.fromEntries(environment), ...more };
    const child = spawn(command, args, { cwd: folder, env });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => output.push(String(data)));
    children.push(child);
    return child;
  };
  const ca = readFileSync(join(folder, 'certificates/ca.pem'));
  const ready = (): Promise<number | string> =>
    new Promise((resolve) => {
      const path = '/ready?agent=echo-1&agent=echo-2';
      request({ host: 'localhost', port: bridgePort, path, ca }, ({ statusCode }) => resolve(statusCode ?? 0))
        .on('error', ({ message }) => resolve(message))
        .end();
    });
  const said = (what: RegExp): number => output.join('').match(new RegExp(what, 'g'))?.length ?? 0;
  const RUN = /"event":"run","runId":"[^"]+","result":\{"text":"hello"\}/;

  const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));
  const token = (): string => {
    const path = join(folder, 'volumes/tokens/worker-1.token');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };

  // A bridge that ends before any worker came, and a worker that made its keys and found no bridge, leave no dead end.
  const early = start('bridge');
  await expect.poll(token, PATIENCE).not.toBe('');
  const old = token();
  early.kill('SIGTERM');
  await ended(early);
  const lonely = start('worker-1', { HEALTH: `127.0.0.1:${healthPorts[0]}` });
  await expect.poll(() => existsSync(join(folder, 'volumes/worker-1/keys.json')), PATIENCE).toBe(true);
  lonely.kill('SIGKILL');
  await ended(lonely);

  const first = start('bridge');
  await expect.poll(token, PATIENCE).not.toBe(old);
  const workers = [1, 2].map((number) =>
    start(`worker-${number}`, { HEALTH: `127.0.0.1:${healthPorts[number - 1]}` }),
  );
  await expect.poll(ready, PATIENCE).toBe(200);
  first.kill('SIGUSR2');
  await expect.poll(() => said(RUN), PATIENCE).toBe(1);

  // The bridge starts again over the same database and keys, and the workers find it.
  const stopped = new Promise((resolve) => first.once('exit', resolve));
  first.kill('SIGTERM');
  expect(await stopped).toBe(0);
  const second = start('bridge');
  await expect.poll(ready, PATIENCE).toBe(200);
  second.kill('SIGUSR2');
  await expect.poll(() => said(RUN), PATIENCE).toBe(2);

  const drained = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  for (const worker of workers) worker.kill('SIGTERM');
  expect(await Promise.all(drained)).toEqual([0, 0]);
  await expect.poll(ready, PATIENCE).toBe(503);
}, 900_000);

it.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)(
  'systemd finds no fault in the units',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'units-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const units = ['kaizen-eatp-bridge.service', 'kaizen-eatp-worker@1.service'].map((name) => {
      const unit = readFileSync(join(ROOT, 'deploy/systemd', name.replace('@1', '@')), 'utf8');
      expect(existsSync(join(ROOT, 'deploy/worker.sh'))).toBe(true);
      // The programs are elsewhere on this machine.
      writeFileSync(
        join(folder, name),
        unit
          .replace('/usr/bin/node', process.execPath)
          .replace('/opt/kaizen-eatp/worker.sh', join(ROOT, 'deploy/worker.sh')),
      );
      return join(folder, name);
    });
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...units], {
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  },
);
