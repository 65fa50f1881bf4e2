// Does runs of an agent whose authority gets a new key meanwhile, and says how many failed, and how.
import {
  FileKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { tell, word } from './parent.ts';

const [path = '', keys = '', name = '', runs = ''] = process.argv.slice(2);
const store = await SqliteTrustStore.open({ path });
const keyManager = new FileKeyManager(keys, 'a passphrase of the test');
const trust = new TrustOperations({ store, keyManager, recorder: 'org-acme' });
const worker = new TrustedAgent({ name: 'worker', agent: (input: unknown) => input, trust });
const patterns = [
  definePattern({
    name: 'once',
    execute: ({ agents: [agent], input, invoke }) => invoke(agent as never, input),
  }),
];
const runtime = new TrustAwareOrchestrationRuntime({ agents: { worker }, trust, patterns });
tell('ready');
await word();
const failures: string[] = [];
let left = Number(runs);
const take = async (): Promise<void> => {
  while (left > 0) {
    const number = left--;
    try {
      await runtime.execute(number, { pattern: 'once' as never, runId: `run-${name}-${number}` });
    } catch (error) {
      failures.push(`${number}: ${error}`);
    }
    if (number === Math.ceil(Number(runs) * 0.75)) tell('under way');
  }
};
await Promise.all([1, 2, 3, 4].map(take));
tell(JSON.stringify(failures.slice(0, 5)));
await store.close();
