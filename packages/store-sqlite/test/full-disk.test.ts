import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runOnSmallDisk, waysToMount } from '../../../test/full-disk/small-disk.js';
import type { Filled } from '../../../test/full-disk/work-until-full.js';

const script = fileURLToPath(new URL('./children/on-a-small-disk.ts', import.meta.url));
// Where this user may mount nothing, errors.test.ts still meets the system's refusal by a limit on the size of files.
const flags = waysToMount(false);

it.skipIf(!flags)(
  'a disk that is really full lets nothing be done without a record, and nothing is lost',
  {
    timeout: 60_000,
  },
  async () => {
    const filled = await runOnSmallDisk<Filled & { findings: unknown[] }>(flags ?? [], 8, script);
    expect(filled.succeeded).toBeGreaterThan(3);
    // Those whose agent had acted when the disk was full say so; in all others nothing was done.
    const refused = filled.failures.filter(({ code }) => code !== 'OUTCOME_NOT_RECORDED');
    expect(refused.length).toBeGreaterThan(10);
    for (const failure of refused) {
      expect(failure).toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringMatching(/no space left.*Free space on its disk/s),
        evidence: { reason: 'SQLITE_FULL' },
      });
    }
    expect(filled.unrecorded).toEqual([]);
    expect(filled.incomplete).toEqual([]);
    expect(filled.invalid).toEqual([]);
    expect(filled.succeededAfterwards).toBe(5);
    expect(filled.findings).toEqual([]);
  },
);
