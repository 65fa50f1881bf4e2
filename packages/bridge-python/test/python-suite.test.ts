import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PYTHON } from './support/remote-world.js';

it('passes the tests of the Python half', () => {
  const cwd = fileURLToPath(new URL('../python', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    PYTHON,
    ['-m', 'pytest', '-q', '--no-header', '-p', 'no:cacheprovider'],
    {
      cwd,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    },
  );
  const [, passed] = /(\d+) passed/.exec(stdout) ?? [];
  expect([status, status === 0 ? '' : `${stdout}\n${stderr}`]).toEqual([0, '']);
  expect(Number(passed)).toBeGreaterThan(100);
  expect(stdout).not.toMatch(/\d+ failed|\d+ skipped/);
}, 600_000);
