import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const MOST_LINES_IN_CORE = 250;
const MOST_LINES_ELSEWHERE = 300;

describe('a source file', () => {
  it('has at most 250 lines in core and 300 in any other package', () => {
    const files = globSync('packages/*/src/**/*.ts', { cwd: root });
    expect(files.length).toBeGreaterThan(200);
    const tooLong = files.filter((file) => {
      const most = file.startsWith('packages/core/') ? MOST_LINES_IN_CORE : MOST_LINES_ELSEWHERE;
      return readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length > most;
    });
    expect(tooLong).toEqual([]);
  });
});
