// Runs an agent that many processes run, until it is revoked: path, id and private key of the key that signs for it.
// Reports when the last invocation started, when the running one was aborted, and with which errors both ended.
import { inspect } from 'node:util';
import {
  InMemoryKeyManager,
  type InvocationContext,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { moment, tell } from './parent.ts';

const [path, keyId, privateKey] = process.argv.slice(2) as [string, string, string];
const keyManager = new InMemoryKeyManager();
await keyManager.importKey(keyId, privateKey);
const trust = new TrustOperations({ store: await SqliteTrustStore.open({ path }), keyManager });
const times = { lastStart: 0, aborted: 0 };
// An agent at work keeps its process alive; this one only waits.
const atWork = setInterval(() => undefined, 1_000);
const agent = {
  async run(input: unknown, { signal }: InvocationContext): Promise<unknown> {
    if (input === 'short') {
      times.lastStart = moment();
      return new Promise((resolve) => setTimeout(resolve, 15));
    }
    tell('running');
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        times.aborted = moment();
        reject(signal.reason);
      });
    });
  },
};
const alice = new TrustedAgent({ name: 'alice', agent, trust });
const one = definePattern({
  name: 'one',
  execute: ({ agents, input, invoke }) => invoke(agents[0] as never, input),
});
const runtime = new TrustAwareOrchestrationRuntime({ agents: { alice }, trust, patterns: [one] });
const why: string[] = [];
const codeOf = (error: { code: string }): string => {
  why.push(inspect(error));
  return error.code;
};
const long = runtime.execute('long', { pattern: 'one' as never }).then(() => 'success', codeOf);
let short = 'success';
while (short === 'success') {
  short = await runtime.execute('short', { pattern: 'one' as never }).then(() => 'success', codeOf);
}
const ended = await long;
tell({ ...times, short, long: ended, why: why.join('\n') });
clearInterval(atWork);
await trust.close();
process.disconnect();
