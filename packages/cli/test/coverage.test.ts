import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../src/spec/command-spec.js';
import { GLOBAL_OPTIONS } from '../src/spec/global-options.js';
import { CATALOGUE } from '../src/specs/index.js';
import { kaizen } from './support/kaizen.js';
import { wordsOf } from './support/run-script.js';
import { SERVICE_CALLS } from './support/services.js';
import { SCRIPT } from './support/table.js';

const CALLS = [...SCRIPT.map(({ call }) => call), ...Object.values(SERVICE_CALLS)];

/** The calls of a command in the script, by its name or another one. */
const callsOf = ({ name, aliases = [] }: CommandSpec): string[] =>
  CALLS.filter((call) => [name, ...aliases].some((each) => call === each || call.startsWith(`${each} `)));

const long = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] as string;

/** Flags that only have an effect where the script does not reach, with the test that covers each. */
const ELSEWHERE = new Map([['--schema', 'commands-postgres.test.ts']]);

describe('the script of commands', () => {
  it.each(CATALOGUE.commands)('uses $name, with each of its options', (spec) => {
    const calls = callsOf(spec);
    expect(calls).not.toEqual([]);
    const words = new Set(calls.flatMap(wordsOf));
    const unused = (spec.options ?? []).map(({ flags }) => long(flags)).filter((flag) => !words.has(flag));
    expect(unused).toEqual([]);
    for (const alias of spec.aliases ?? []) expect(calls.some((call) => call.startsWith(alias))).toBe(true);
  });

  it('uses each option of every command', () => {
    const words = new Set(SCRIPT.flatMap(({ call }) => wordsOf(call)));
    const unused = GLOBAL_OPTIONS.map(({ flags }) => long(flags)).filter((flag) => !words.has(flag));
    expect(unused.filter((flag) => !ELSEWHERE.has(flag))).toEqual([]);
  });
});

describe.each(CATALOGUE.commands)('kaizen-eatp $name, called wrongly', (spec) => {
  const words = spec.name.split(' ');
  const required = (spec.arguments ?? []).filter(({ optional }) => !optional);
  const valid = [
    ...required.map(({ choices }) => choices?.[0] ?? 'x'),
    ...(spec.options ?? []).flatMap((option) => (option.required ? [long(option.flags), 'x'] : [])),
  ];

  it('refuses an option that does not exist', async () => {
    const done = await kaizen([...words, ...valid, '--no-such-option']);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toContain("unknown option '--no-such-option'");
  });

  it('reports a wrong use as JSON with --json', async () => {
    const done = await kaizen([...words, ...valid, '--no-such-option', '--json']);
    expect(done).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(done.stdout)).toMatchObject({ ok: false, error: { code: 'COMMAND_USAGE' } });
  });

  it.runIf(valid.length > 0)('refuses a call without what it needs', async () => {
    const done = await kaizen([...words, '--json']);
    expect(done.code).toBe(2);
    expect(JSON.parse(done.stdout).error.message).toMatch(/missing required argument|required option/);
  });

  const chosen = (spec.options ?? []).filter(({ choices }) => choices);
  it.runIf(chosen.length > 0)('refuses a value that is not one of the choices', async () => {
    for (const { flags, choices } of chosen) {
      const done = await kaizen([...words, ...valid, long(flags), 'no-such-choice', '--json']);
      expect(done.code).toBe(2);
      expect(JSON.parse(done.stdout).error.message).toContain(choices?.join(', '));
    }
  });

  it('shows its help with each of its options', async () => {
    const done = await kaizen([...words, '--help']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    for (const { flags } of spec.options ?? []) expect(done.stdout).toContain(flags);
    expect(done.stdout).toContain(spec.summary.split(' ').slice(0, 4).join(' '));
  });
});
