import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { expect, it, onTestFinished } from 'vitest';

it('a file that is missing is not made with `create: false`', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'create-option-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'below', 'trust.db');
  await expect(SqliteTrustStore.open({ path, create: false })).rejects.toMatchObject({
    code: 'STORE_NOT_FOUND',
    evidence: { path },
  });
  expect(existsSync(join(folder, 'below'))).toBe(false);
  await (await SqliteTrustStore.open({ path })).close();
  await (await SqliteTrustStore.open({ path, create: false })).close();
  await expect(SqliteTrustStore.open({ path, create: 'no' as never })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});
