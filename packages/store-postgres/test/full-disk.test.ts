import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runOnSmallDisk, waysToMount } from '../../../test/full-disk/small-disk.js';
import type { Filled } from '../../../test/full-disk/work-until-full.js';

const script = fileURLToPath(new URL('./children/on-a-small-disk.ts', import.meta.url));
// Where only a user of its own may mount, that user is root inside, as whom no PostgreSQL server runs.
const flags = waysToMount(true);

it.skipIf(!flags)(
  'a server whose disk is really full lets nothing be done without a record, and nothing is lost',
  {
    timeout: 120_000,
  },
  async () => {
    const filled = await runOnSmallDisk<Filled & { findings: unknown[] }>(flags ?? [], 100, script);
    expect(filled.succeeded).toBeGreaterThan(3);
    // Those whose agent had acted when the disk was full say so; in all others nothing was done.
    const refused = filled.failures.filter(({ code }) => code !== 'OUTCOME_NOT_RECORDED');
    expect(filled.failures.length).toBeGreaterThan(10);
    for (const failure of refused) {
      expect(failure).toMatchObject({ code: 'STORE_FAILED', evidence: { retryable: true } });
    }
    expect(refused[0]?.message).toMatch(/no room left.*Free disk space/s);
    expect(filled.unrecorded).toEqual([]);
    expect(filled.incomplete).toEqual([]);
    expect(filled.invalid).toEqual([]);
    expect(filled.succeededAfterwards).toBe(5);
    expect(filled.findings).toEqual([]);
  },
);
