import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describePatternConformance, describeTrustStoreConformance } from '@kaizen-eatp/testing/vitest';
import { expect, it } from 'vitest';
import { goodPattern } from './broken-patterns/good-pattern.js';
import { memoryPlace } from './memory-place.js';

// The registering functions themselves: each line below is a test for every requirement that applies.
describePatternConformance(goodPattern);
describeTrustStoreConformance(memoryPlace(), { name: 'MemoryTrustStore', abilities: { shared: true } });

it('fails the tests of the requirements that a plugin breaks, and no others', async () => {
  const folder = fileURLToPath(new URL('described', import.meta.url));
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const place = mkdtempSync(join(tmpdir(), 'kaizen-eatp-described-'));
  try {
    const output = join(place, 'report.json');
    const args = [vitest, 'run', '--root', folder, '--reporter=json', `--outputFile=${output}`];
    const end = promisify(execFile)(process.execPath, args, { env: { ...process.env, VITEST: undefined } });
    await expect(end).rejects.toMatchObject({ code: 1 });
    const report = JSON.parse(readFileSync(output, 'utf8')) as Report;
    const results = report.testResults.flatMap((file) => file.assertionResults);
    const failed = results.filter(({ status }) => status === 'failed');
    expect(failed.map(({ title }) => title.split(':')[0]).sort()).toEqual([
      'PATTERN-DELEGATES',
      'STORE-ALL-OR-NOTHING',
      // A batch that is stored by halves leaves the second outcome of an intent as well.
      'STORE-INTENT-CLOSES-ONCE',
      // And shows a reader one half before the other.
      'STORE-READ-ONE-MOMENT',
      // And leaves a statement of a batch that forks the log.
      'STORE-STATEMENTS-NO-FORK',
    ]);
    expect(results.length).toBeGreaterThan(20);
    expect(failed.flatMap(({ failureMessages }) => failureMessages).join('\n')).toMatch(
      /invoke of 'first' was refused/,
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}, 60_000);

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}
