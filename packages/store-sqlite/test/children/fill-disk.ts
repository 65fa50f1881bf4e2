// Appends until the system refuses to let the files grow: path. Tells how many entries were acknowledged, and why it ended.
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { sharedTrail } from '../support/records.ts';
import { tell } from './parent.ts';

const [path] = process.argv.slice(2) as [string];
const store = await SqliteTrustStore.open({ path });
const append = sharedTrail();
let stored = 0;
try {
  for (;;) {
    const text = `{"n":${stored},"filler":"${'x'.repeat(20_000)}"}`;
    await store.commit([append(`aud-${stored}`, text)]);
    stored += 1;
  }
} catch (error) {
  const { code, message, evidence } = error as { code: string; message: string; evidence: object };
  tell({ stored, code, message, evidence });
}
process.disconnect();
