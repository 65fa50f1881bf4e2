import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { afterAll } from 'vitest';
import { closeAfterwards, closeWhatIsLeft } from './close-afterwards.js';
import { LateStore } from './late-store.js';

const folder = mkdtempSync(join(tmpdir(), 'eatp-suite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
closeWhatIsLeft();
let made = 0;

/** A store in a file of its own. Syncs are left out, since no power fails here; the store's own tests have them. */
export function suiteStore(): TrustStore {
  const store = new LateStore(() =>
    SqliteTrustStore.open({ path: join(folder, `${made++}.db`), synchronous: 'normal' }),
  );
  closeAfterwards(() => store.close());
  return store;
}

export const isHeavy = true;
