import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/storm/storm.mjs', import.meta.url));
const small = ['--runs', '30', '--kills', '5', '--stops', '2', '--server-kills', '1'];

describe('runs of all kinds', () => {
  it.each(['postgres', 'sqlite'])(
    'end as without faults while workers are killed and stopped, on %s',
    async (store) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, '--store', store, ...small]);
      expect(
        JSON.parse(
          stdout
            .trimEnd()
            .split('\n')
            .at(-1)
            ?.replace(/^ *\d+ s {2}/, '') ?? '',
        ),
      ).toMatchObject({
        runs: 30,
        problems: 0,
      });
    },
    600_000,
  );
});
