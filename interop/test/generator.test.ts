import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { pythonPath } from '../src/reference-client.ts';
import { checkVectors } from '../src/vector-checker.ts';
import { readVectorFile } from '../src/vector-file.ts';

const generator = fileURLToPath(new URL('../python/generate_vectors.py', import.meta.url));
const run = promisify(execFile);

describe('golden values made this moment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'generated-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  // Keys, ids and moments are new each time; the seed only chooses what is in the chains.
  it.each([20261122, 7])('of seed %i: none is wrong', async (seed) => {
    const out = join(folder, `${seed}.json`);
    await run(pythonPath(), [generator, '--seed', String(seed), '--out', out], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    const file = readVectorFile(out);
    expect(Date.now() - Date.parse(file.generated_at as string)).toBeLessThan(60_000);
    const { checked, wrong } = await checkVectors(file);
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(2000);
    const damaged = readFileSync(out, 'utf8').replaceAll(`agent-${seed}-bare`, `agent-${seed}-bear`);
    writeFileSync(out, damaged);
    expect((await checkVectors(readVectorFile(out))).wrong.length).toBeGreaterThan(10);
  });
});
