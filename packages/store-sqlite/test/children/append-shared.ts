// Appends to the shared trail: path, name, how many, 'real' or 'naive'. Starts at a word.
import { TrustOperations } from '@kaizen-eatp/core';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { NaiveTrail } from './naive-trail.ts';
import { tell, word } from './parent.ts';

const AT_ONCE = 25;
const [path, name, count, kind] = process.argv.slice(2) as [string, string, string, string];

const store = await SqliteTrustStore.open({ path });
if (kind === 'naive') {
  // Appends as a store does that reads the head, makes the entry, and inserts it.
  const trail = new NaiveTrail(path);
  const commit = store.commit.bind(store);
  store.commit = async (writes: readonly StoreWrite[]) => {
    for (const write of writes) {
      if (write.op === 'append_shared') await trail.append(write);
      else await commit([write]);
    }
  };
}
const trust = new TrustOperations({ store });
const { id: authorityId } = await trust.createEnterpriseAuthority({ name });
const agentId = `agent-${name}`;
await trust.establish({ agentId, authorityId, capabilities: ['work'] });
tell('ready');
await word();
for (let done = 0; done < Number(count); done += AT_ONCE) {
  await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) =>
      trust.audit({ agentId, action: 'work', resource: `${name}/${done + i}`, result: 'success' }),
    ),
  );
}
await trust.close();
tell('done');
process.disconnect();
