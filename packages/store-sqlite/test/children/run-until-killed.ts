// Runs patterns until it is killed: path of the store, path of its own log, name. The agents write down, with a sync
// of the disk, what they do when they do it.
import { appendFileSync, fsyncSync, openSync, writeSync } from 'node:fs';
import {
  definePattern,
  type InvocationContext,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { tell } from './parent.ts';

const [path, logPath, name] = process.argv.slice(2) as [string, string, string];
const log = openSync(logPath, 'a');
const write = (line: object): void => {
  writeSync(log, `${JSON.stringify(line)}\n`);
  fsyncSync(log);
};
appendFileSync(logPath, '');

const fan = definePattern({
  name: 'fan',
  async execute({ agents, input, delegate, invoke }) {
    const [first, ...others] = agents as [(typeof agents)[0], ...typeof agents];
    const plan = await invoke(first, input);
    for (const other of others) await delegate(first, other, { capabilities: ['work'] });
    return Promise.all(others.map((other) => invoke(other, plan)));
  },
});

const trust = new TrustOperations({ store: new SqliteTrustStore({ path }) });
const { id: authorityId } = await trust.createEnterpriseAuthority({ name });
const agents: Record<string, TrustedAgent> = {};
for (const person of ['alice', 'bob', 'carol']) {
  const act = async (input: unknown, { invocationId }: InvocationContext): Promise<unknown> => {
    write({ did: invocationId });
    await new Promise((resolve) => setImmediate(resolve));
    return input;
  };
  agents[person] = new TrustedAgent({ name: `${person}-${name}`, agent: { run: act }, trust });
  await agents[person].establishTrust({ authorityId, capabilities: ['work'] });
}
const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential, fan] });
const work = async (pattern: string): Promise<never> => {
  for (;;) {
    const { runId, auditTrail } = await runtime.execute('x', { pattern: pattern as 'sequential' });
    write({ succeeded: runId, anchors: auditTrail.length });
  }
};
tell('running');
await Promise.all(['sequential', 'fan', 'sequential', 'fan'].map(work));
