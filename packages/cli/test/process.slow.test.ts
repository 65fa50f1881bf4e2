import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, runKaizen, startKaizen } from './support/kaizen.js';
import { makeWorld, type World } from './support/world.js';

describe('the process kaizen-eatp', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    expect(await runKaizen(['init', '--name', 'ACME'], world.env)).toMatchObject({ code: 0 });
  });
  afterAll(() => world.remove());

  it('exits with the code of the command', async () => {
    expect(await runKaizen(['version'])).toMatchObject({ code: 0, stderr: '' });
    expect(await runKaizen(['nonsense'])).toMatchObject({ code: 2, stdout: '' });
    expect(await runKaizen(['verify', 'nobody', '--action', 'x'], world.env)).toMatchObject({ code: 3 });
  });

  it.each([['export'], ['trail', 'show', '--format', 'jsonl'], ['help'], ['authority', 'list', '--json']])(
    'ends quietly when the reader of %s %s has gone',
    async (...args) => {
      const child = startKaizen(args, { ...world.env });
      child.stdout.destroy();
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ code, stderr: stderr.replace(/^\d+ records?\n/, '') }).toEqual({ code: 0, stderr: '' });
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)('exits with 130 at %s', async (signal) => {
    const child = startKaizen(['trail', 'follow', '--json'], world.env);
    const closed = new Promise((resolve) => child.once('close', resolve));
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    // The command is up as soon as it has written a record.
    const { code } = await runKaizen(['revoke', 'human', `person-${signal}`, '--yes'], world.env);
    expect(code).toBe(0);
    while (!stdout.includes('revoke_person')) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill(signal);
    expect(await closed).toBe(130);
    expect(stdout).toContain('EXECUTION_CANCELLED');
  });

  it('reads the passphrase from a descriptor', async () => {
    const { spawnSync } = await import('node:child_process');
    const { KAIZEN_EATP_PASSPHRASE_FILE: file, ...env } = world.env;
    const shell = '"$0" "$1" key gen by-descriptor --passphrase-fd 3 --json 3< "$2"';
    const done = spawnSync('/bin/sh', ['-c', shell, process.execPath, MAIN, file as string], {
      env: { PATH: process.env.PATH, ...env } as NodeJS.ProcessEnv,
      encoding: 'utf8',
    });
    expect(done, done.stdout).toMatchObject({ status: 0, stderr: '' });
  });

  it.runIf(process.platform === 'linux')('opens a receipt in the browser of the desktop', async () => {
    const [folder, seen] = [world.path('desktop'), world.path('seen')];
    mkdirSync(folder);
    writeFileSync(world.path('receipt.json'), '{}');
    const args = ['receipt', 'view', world.path('receipt.json'), '--open', '--json'];
    const none = await runKaizen(args, { ...world.env, PATH: folder });
    expect(none).toMatchObject({ code: 4 });
    expect(none.stdout).toContain('No browser could be started');
    writeFileSync(world.path('desktop', 'xdg-open'), `#!/bin/sh\necho "$1" > '${seen}'\n`, { mode: 0o755 });
    const opened = await runKaizen(args, { ...world.env, PATH: folder });
    expect(opened, opened.stdout).toMatchObject({ code: 0 });
    const { url } = (JSON.parse(opened.stdout) as { result: { url: string } }).result;
    while (!existsSync(seen)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readFileSync(seen, 'utf8').trim()).toBe(url);
    expect(readFileSync(new URL(url), 'utf8')).toContain('{"name":"receipt.json","text":"{}"}');
  });

  it('imports the code of the command that is called, and of no other', async () => {
    mkdirSync(world.path('hook'), { recursive: true });
    const [hook, log] = [world.path('hook', 'hook.mjs'), world.path('hook', 'log')];
    writeFileSync(
      hook,
      `import { registerHooks } from 'node:module';
       import { appendFileSync } from 'node:fs';
       registerHooks({ load: (url, context, next) => (appendFileSync(${JSON.stringify(log)}, url + '\\n'), next(url, context)) });`,
    );
    const loadedBy = async (...args: string[]): Promise<string> => {
      rmSync(log, { force: true });
      const env = { ...world.env, NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` };
      expect(await runKaizen(args, env)).toMatchObject({ code: 0 });
      return readFileSync(log, 'utf8');
    };
    const version = await loadedBy('version');
    expect(version.match(/commands\/[a-z-]+\.js/g)).toEqual(['commands/version.js']);
    expect(version).not.toMatch(/store-sqlite|store-postgres|bridge-python/);
    const list = await loadedBy('agent', 'list');
    expect(list).toMatch(/store-sqlite/);
    expect(list).not.toMatch(/store-postgres|bridge-python|commands\/verify\.js/);
  });

  it('warns in one line', async () => {
    const args = ['agent', 'establish', 'limited', '--authority', 'org-acme', '--constraints', 'made_up:100'];
    const done = await runKaizen([...args, '--capabilities', 'report'], world.env);
    expect(done, done.stderr).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Warning: The constraint "made_up:100" of agent 'limited' .*\n$/),
    });
  });
});
