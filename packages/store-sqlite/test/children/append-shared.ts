// Appends to the shared trail: path, name, how many, 'real' or 'naive'. Starts at a word.
import { TrustOperations } from '@kaizen-eatp/core';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { NaiveTrail } from './naive-trail.ts';
import { tell, word } from './parent.ts';

const AT_ONCE = 25;
const [path, name, count, kind] = process.argv.slice(2) as [string, string, string, string];

/** Appends one entry as a store does that reads the head, makes the entry, and inserts it. */
function naive(): (n: number) => Promise<void> {
  const trail = new NaiveTrail(path);
  return (n) => trail.append({ anchorId: `${name}/${n}`, text: JSON.stringify({ by: name, n }) });
}

async function real(): Promise<(n: number) => Promise<unknown>> {
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name });
  const agentId = `agent-${name}`;
  await trust.establish({ agentId, authorityId, capabilities: ['work'] });
  return (n) => trust.audit({ agentId, action: 'work', resource: `${name}/${n}`, result: 'success' });
}

const trust = new TrustOperations({ store: await SqliteTrustStore.open({ path }) });
const append = kind === 'naive' ? naive() : await real();
tell('ready');
await word();
for (let done = 0; done < Number(count); done += AT_ONCE) {
  await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => append(done + i)));
}
await trust.close();
tell('done');
process.disconnect();
