import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PYTHON } from './support/remote-world.js';

it('passes the tests of the Python half', async () => {
  const cwd = fileURLToPath(new URL('../python', import.meta.url));
  const args = ['-m', 'pytest', '-q', '--no-header', '-p', 'no:cacheprovider'];
  // Not synchronously: they take minutes, and who runs this test wants to hear from it meanwhile.
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>(
    (resolve) => {
      execFile(PYTHON, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    },
  );
  const [, passed] = /(\d+) passed/.exec(stdout) ?? [];
  expect([code, code === 0 ? '' : `${stdout}\n${stderr}`]).toEqual([0, '']);
  expect(Number(passed)).toBeGreaterThan(1_000);
  expect(stdout).not.toMatch(/\d+ failed|\d+ skipped/);
}, 1_200_000);
