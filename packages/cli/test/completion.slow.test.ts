import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptFor } from '../src/completion/scripts.js';
import { kaizen, MAIN } from './support/kaizen.js';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

/** Words before the cursor, and what a shell must then offer, among others or alone. */
const OFFERS: readonly (readonly [line: string, all: readonly string[]])[] = [
  ['kaizen-eatp agent es', ['establish']],
  ['kaizen-eatp receipt ', ['verify', 'show']],
  ['kaizen-eatp verify alice --level f', ['full']],
  ['kaizen-eatp verify --expl', ['--explain']],
  ['kaizen-eatp completion po', ['powershell']],
  ['kaizen-eatp trail show run-1 --format ', ['text', 'jsonl', 'cef', 'ocsf']],
];

describe('completion', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kaizen-eatp-completion-'));
    mkdirSync(join(folder, 'bin'));
    const command = join(folder, 'bin', 'kaizen-eatp');
    writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(command, 0o755);
    for (const shell of ['bash', 'zsh', 'fish', 'powershell'] as const)
      writeFileSync(join(folder, shell), scriptFor(shell));
    env = { ...process.env, HOME: folder, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(OFFERS)('offers for "%s" the words %j', async (line, expected) => {
    const words = line.split(' ').slice(1);
    const { stdout } = await kaizen(['__complete', ...words]);
    const offered = stdout
      .trimEnd()
      .split('\n')
      .map((each) => each.split('\t')[0]);
    expect(offered).toEqual(expect.arrayContaining([...expected]));
    expect(offered.every((each) => each?.startsWith(words.at(-1) as string))).toBe(true);
    expect(stdout).not.toMatch(/\n\t|\t\n/);
  });

  it('offers the values after an equals sign, and nothing where a value of the user is expected', async () => {
    expect((await kaizen(['__complete', 'verify', 'x', '--level=q'])).stdout).toMatch(/^--level=quick\t/);
    expect((await kaizen(['__complete', 'verify', 'x', '--action', ''])).stdout).toBe('');
    // PowerShell passes a space where it would lose an empty argument.
    expect((await kaizen(['__complete', 'receipt', ' '])).stdout).toContain('verify\t');
  });

  it.runIf(has('bash')).each(OFFERS)('works in bash for "%s"', (line, expected) => {
    const script = `. '${join(folder, 'bash')}'
      COMP_WORDS=(${line.trimEnd()}${line.endsWith(' ') ? " ''" : ''}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _kaizen_eatp; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const done = spawnSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' });
    expect(done.stderr).toBe('');
    expect(done.stdout.trimEnd().split('\n')).toEqual(expect.arrayContaining([...expected]));
  });

  it.runIf(has('fish')).each(OFFERS)('works in fish for "%s"', (line, expected) => {
    const script = `source '${join(folder, 'fish')}'; complete -C '${line}'`;
    const done = spawnSync('fish', ['--no-config', '-c', script], { env, encoding: 'utf8' });
    const offered = done.stdout
      .trimEnd()
      .split('\n')
      .map((each) => each.split('\t')[0]);
    expect(offered, done.stderr).toEqual(expect.arrayContaining([...expected]));
  });

  it.runIf(has('zsh')).each(OFFERS)(
    'works in zsh for "%s"',
    (line, expected) => {
      // Completion in zsh only works at a terminal, so a second zsh is given a pseudo terminal, and a tab is typed there.
      const script = `zmodload zsh/zpty
        zpty shell zsh -f -i
        say() { zpty -w shell "$1"; }
        # The pattern is matched against all that was read in this call.
        until_seen() { local seen; zpty -r -m shell seen "$1"; print -r -- "$seen"; }
        say "PS1='' TERM=dumb; unsetopt zle_bracketed_paste 2>/dev/null; stty -echo cols 400 rows 200"
        say "autoload -Uz compinit; compinit -u -D; . '${join(folder, 'zsh')}'; zstyle ':completion:*' list-prompt ''"
        say "setopt no_auto_menu no_list_ambiguous no_always_last_prompt; LISTMAX=0; echo rea''dy"
        until_seen '*ready*' >/dev/null
        zpty -w -n shell '${line}'$'\t'
        zpty -w -n shell $'\t'
        until_seen '(${expected.map((_, i) => `*${[...expected.slice(i), ...expected.slice(0, i)].join('*')}*`).join('|')})'`;
      const done = spawnSync('zsh', ['-f', '-c', script], { env, encoding: 'utf8', timeout: 60_000 });
      const seen = stripVTControlCharacters(done.stdout);
      for (const word of expected) expect(seen, done.stderr).toContain(word);
    },
    90_000,
  );
});
