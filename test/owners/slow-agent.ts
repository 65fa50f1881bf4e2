// A process whose agent acts when it is told to: where the store is, the authority's private key, the id of the run. Sends a line
// for each act that it begins, and how its run has ended.
import {
  InMemoryKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { KEY_ID } from '../killed/company.ts';
import { openPlace } from '../killed/place.ts';

const [place, privateKey, runId] = process.argv.slice(2) as [string, string, string];
const keyManager = new InMemoryKeyManager();
await keyManager.importKey(KEY_ID, privateKey);
const trust = new TrustOperations({ store: await openPlace(JSON.parse(place)), keyManager });

/** Resolves with the next message of the parent. */
const told = (): Promise<unknown> => new Promise((resolve) => process.once('message', resolve));

const alice = new TrustedAgent({
  name: 'alice',
  trust,
  agent: async (step: unknown) => {
    const next = told();
    process.send?.({ began: step });
    return next;
  },
});
const steps = definePattern({
  name: 'steps',
  async execute({ agents: [a], invoke }) {
    for (let step = 1; ; step++) await invoke(a!, step);
  },
});
const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns: [steps] });
for (let n = 1; ; n++) {
  const error = await runtime
    .execute(null, { pattern: 'steps' as never, runId: `${runId}-${n}` })
    .catch((thrown: { code: string; cause?: { code?: string } }) => thrown);
  const { code, cause } = error as { code: string; cause?: { code?: string } };
  process.send?.({ ended: n, code, cause: cause?.code });
}
