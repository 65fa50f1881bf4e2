import { EventEmitter } from 'node:events';
import { runCli } from '@kaizen-eatp/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen } from './support/kaizen.js';
import { makeWorld, PASSPHRASE, type World } from './support/world.js';

class Screen extends EventEmitter {
  text = '';
  readonly isTTY = true;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

/** Types an answer at each question. */
async function atTerminal(args: readonly string[], env: World['env'], answers: readonly string[]) {
  const [stdout, stderr, left] = [new Screen(), new Screen(), [...answers]];
  const { PassThrough } = await import('node:stream');
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(on: boolean) {
      raw.push(on);
      return this;
    },
  });
  const write = stderr.write.bind(stderr);
  stderr.write = (text: string) => {
    if (/: $|\] $/.test(text) && left.length > 0) setImmediate(() => stdin.write(`${left.shift()}\n`));
    return write(text);
  };
  const code = await runCli({ args, env, stdin: stdin as never, stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text, raw };
}

describe('the terminal', () => {
  let world: World;
  let env: World['env'];
  beforeAll(async () => {
    world = makeWorld();
    ({ env } = world);
    await kaizen(['init', '--name', 'ACME', '--id', 'org'], { env });
    await kaizen(['establish', 'alice', '--authority', 'org', '--capabilities', 'pay'], { env });
  });
  afterAll(() => world.remove());

  it('shows verdicts in colour, except with NO_COLOR, --no-color or another stream', async () => {
    const verify = ['verify', 'alice', '--action', 'pay'];
    const coloured = await kaizen(verify, { env, terminal: true });
    expect(coloured.stdout).toContain('\x1b[32mVERIFIED:\x1b[39m');
    for (const plain of [
      await kaizen(verify, { env: { ...env, NO_COLOR: '1' }, terminal: true }),
      await kaizen(verify, { env: { ...env, TERM: 'dumb' }, terminal: true }),
      await kaizen([...verify, '--no-color'], { env, terminal: true }),
      await kaizen(verify, { env }),
    ])
      expect(plain.stdout).toMatch(/^VERIFIED: /);
  });

  it('asks for a new passphrase twice, and never shows it', async () => {
    const without = {
      ...env,
      KAIZEN_EATP_PASSPHRASE_FILE: undefined,
      KAIZEN_EATP_KEYS: world.path('other', 'keys'),
    };
    const typed = await atTerminal(['key', 'gen', 'typed'], without, [PASSPHRASE, PASSPHRASE]);
    expect(typed, typed.stderr).toMatchObject({ code: 0, raw: [true, false, true, false] });
    expect(typed.stderr).toContain('Passphrase of the keys: ');
    expect(typed.stdout + typed.stderr).not.toContain(PASSPHRASE);
    const again = await atTerminal(['key', 'gen', 'second'], without, ['another passphrase']);
    expect(again).toMatchObject({ code: 5 });
  });

  it('refuses a new passphrase that is typed differently the second time', async () => {
    const without = {
      ...env,
      KAIZEN_EATP_PASSPHRASE_FILE: undefined,
      KAIZEN_EATP_KEYS: world.path('third', 'keys'),
    };
    const typed = await atTerminal(['key', 'gen', 'typed'], without, [PASSPHRASE, 'something else']);
    expect(typed).toMatchObject({ code: 2 });
    expect(typed.stderr).toContain('The two passphrases differ');
  });

  it('asks before it revokes, and does nothing without a yes', async () => {
    const no = await atTerminal(['revoke', 'agent', 'alice'], env, ['n']);
    expect(no).toMatchObject({ code: 1, stdout: '' });
    expect(no.stderr).toContain('Revoke agent alice? This ends 0 delegations, 0 running calls. [y/N]');
    expect(await kaizen(['verify', 'alice', '--action', 'pay'], { env })).toMatchObject({ code: 0 });
    expect(await atTerminal(['revoke', 'agent', 'alice'], env, ['yes'])).toMatchObject({ code: 0 });
    expect(await kaizen(['verify', 'alice', '--action', 'pay'], { env })).toMatchObject({ code: 1 });
  });

  it('makes control and direction characters of a record visible', async () => {
    const name = 'Evil\x1b[2J\u202egnp\x07\n VERIFIED';
    const made = await kaizen(['init', '--name', name, '--id', 'org-evil'], { env, terminal: true });
    expect(made).toMatchObject({ code: 0 });
    const shown = await kaizen(['authority', 'show', 'org-evil'], { env });
    const listed = await kaizen(['authority', 'list'], { env });
    for (const { stdout } of [made, shown, listed]) {
      expect(stdout).toContain('Evil\\u{1b}[2J\\u{202e}gnp\\u{7}\\u{a} VERIFIED');
      for (const hostile of ['\x07', '\u202e', '\x1b[2J']) expect(stdout).not.toContain(hostile);
    }
  });

  it('prints the causes of an error with --verbose', async () => {
    const args = ['receipt', 'verify', world.path('none')];
    expect((await kaizen(args, { env })).stderr).not.toContain('ENOENT');
    expect((await kaizen([...args, '--verbose'], { env })).stderr).toContain('ENOENT');
  });

  it('cancels a command whose signal is aborted', async () => {
    const done = await kaizen(['trail', 'follow', '--json'], { env, signal: AbortSignal.abort() });
    expect(done.code).toBe(130);
    expect(JSON.parse(done.stdout)).toMatchObject({ ok: false, error: { code: 'EXECUTION_CANCELLED' } });
  });
});
