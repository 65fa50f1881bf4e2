// One of many processes at work: a run whose calls follow one another, and a run with a call that waits to be stopped.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  InMemoryKeyManager,
  type InvocationContext,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';

const [connectionString, schema, push, pollInterval, privateKey] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
// Nobody is left to tell anything to.
process.on('disconnect', () => process.exit());
const store = await PostgresTrustStore.open({
  connectionString,
  schema,
  push: push === 'true',
  pollInterval: Number(pollInterval),
  applicationName: `${schema}_runner`,
});
const keyManager = new InMemoryKeyManager();
await keyManager.importKey('key-acme', privateKey);
const trust = new TrustOperations({ store, keyManager });
const times = { lastStart: 0, aborted: 0 };

const agent = {
  async run(input: unknown, { signal }: InvocationContext): Promise<unknown> {
    if (input === 'wait') {
      // Like an agent that waits for an answer from elsewhere, which keeps its process alive.
      const busy = setInterval(() => undefined, 1_000);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      clearInterval(busy);
      times.aborted = Date.now();
      return undefined;
    }
    times.lastStart = Date.now();
    await sleep(2);
    return input;
  },
};
const alice = new TrustedAgent({ name: 'alice', agent, trust });
const again = definePattern({
  name: 'again',
  async execute({ agents, invoke }) {
    for (let i = 0; ; i++) {
      await invoke(agents[0] as never, i);
      if (i === 3) process.send?.('at work');
    }
  },
});
const once = definePattern({
  name: 'once',
  execute: ({ agents, invoke, input }) => invoke(agents[0] as never, input),
});
const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns: [again, once] });
const codes = await Promise.all([
  runtime.execute('wait', { pattern: 'once' as never }).catch((error) => error.code),
  runtime.execute('go', { pattern: 'again' as never }).catch((error) => error.code),
]);
process.send?.({ ...times, codes });
await store.close();
process.disconnect();
