import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../dist/man/', import.meta.url));
const PAGES = readdirSync(FOLDER).map((file) => `${FOLDER}${file}`);

const run = (command: string, args: readonly string[]) =>
  spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '90' } });
const has = (command: string, flag: string): boolean => run(command, [flag]).status === 0;

describe('the manual pages', () => {
  it.runIf(has('groff', '--version'))('are typeset by groff without a warning (needs Debian: groff)', () => {
    for (const page of PAGES) {
      const { status, stdout, stderr } = run('groff', ['-ww', '-man', '-Tutf8', page]);
      expect({ page, status, stderr }).toEqual({ page, status: 0, stderr: '' });
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain('The command was cancelled.');
    }
  });

  it.runIf(run('mandoc', ['-T', 'lint', '/dev/null']).error === undefined)(
    'are accepted by mandoc (needs Debian: mandoc), which only misses a date: a page belongs to a version',
    () => {
      expect(PAGES.length).toBeGreaterThan(50);
      const { stdout } = run('mandoc', ['-T', 'lint', '-W', 'warning', ...PAGES]);
      expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
    },
  );

  it.runIf(has('man', '--version'))('are shown by man, with every character (needs Debian: man-db)', () => {
    const { status, stdout, stderr } = run('man', [
      '--no-justification',
      '-P',
      'cat',
      '-l',
      `${FOLDER}kaizen-eatp-trail-show.1`,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toMatch(/NAME kaizen-eatp-trail-show - Show the signed records/);
    expect(text).toContain('kaizen-eatp trail show 4f0c… --format ocsf');
    expect(text).toMatch(/--format <format> The form: text, JSON Lines/);
  });
});
