// Appends signed anchors to the trail outside runs, as one of many processes.
import { setTimeout as sleep } from 'node:timers/promises';
import { TrustOperations } from '@kaizen-eatp/core';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';

const [connectionString, schema, name, count] = process.argv.slice(2) as [string, string, string, string];
const store = await PostgresTrustStore.open({ connectionString, schema });
const trust = new TrustOperations({ store });
const authority = await trust.createEnterpriseAuthority({ name });
const agentId = `agent-${name}`;
await trust.establish({ agentId, authorityId: authority.id, capabilities: ['work'] });
let next = 0;
const writer = async (): Promise<void> => {
  while (next < Number(count)) {
    next += 1;
    await trust.audit({ agentId, action: 'work', result: 'success', context: { n: next } });
  }
};
await Promise.all(Array.from({ length: 20 }, writer));
await sleep(0);
await store.close();
