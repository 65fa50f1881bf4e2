import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { formatReport, trustStoreConformance, trustStoreRequirements } from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';

it('keeps the whole contract of a trust store, shared and reopened', async () => {
  const report = await trustStoreConformance(
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'eatp-sqlite-'));
      return {
        open: () => SqliteTrustStore.open({ path: join(folder, 'trust.db') }),
        argument: join(folder, 'trust.db'),
        dispose: () => rmSync(folder, { recursive: true }),
      };
    },
    {
      name: 'SqliteTrustStore',
      abilities: { shared: true, reopen: true, maintenance: true, durableRuns: true },
      module: new URL('./open-elsewhere.mjs', import.meta.url),
    },
  );
  expect(report.passed, formatReport(report)).toBe(true);
  expect(report.findings.length).toBe(trustStoreRequirements.length);
});
