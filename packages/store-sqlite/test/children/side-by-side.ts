// Establishes, updates and verifies in a file that Python processes work in at the same time: path, config, name,
// rounds. The chain of one agent is updated by every such process, so that updates could be lost.
import { readFileSync } from 'node:fs';
import { type EatpError, InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { tell } from './parent.ts';

const [path, config, name, rounds] = process.argv.slice(2) as [string, string, string, string];
const { authorities } = JSON.parse(readFileSync(config, 'utf8')) as {
  authorities: { keyId: string; privateKey: string }[];
};
const keyManager = new InMemoryKeyManager();
for (const { keyId, privateKey } of authorities) await keyManager.importKey(keyId, privateKey);
const store = await SqliteTrustStore.open({ path });
const trust = new TrustOperations({ store, keyManager });
const refused: unknown[] = [];
let [done, conflicts, foreign] = [0, 0, 0];

async function update(capability: string): Promise<void> {
  for (;;) {
    try {
      await trust.reattest({ agentId: 'agent-shared', capabilities: [capability] });
      return;
    } catch (error) {
      if ((error as EatpError).code !== 'STORE_CONFLICT') throw error;
      conflicts += 1;
    }
  }
}

async function verify(agentId: string, action: string): Promise<void> {
  const { valid, reason } = await trust.verify({ agentId, action, level: 'full' });
  if (!valid) refused.push([agentId, action, reason]);
}

for (let i = 0; i < Number(rounds); i++) {
  const agentId = `agent-${name}-${i}`;
  await trust.establish({ agentId, authorityId: 'org-typescript', capabilities: ['work'] });
  if (i % 4 === 0) await update(`${name}_${i}`);
  else await trust.reattest({ agentId, capabilities: ['rest'] });
  await verify(agentId, 'work');
  done += 3;
  if (i % 10 !== 0) continue;
  const theirs = (await store.listChains({ limit: Infinity })).filter(({ text }) =>
    text.includes('"org-python"'),
  );
  foreign = theirs.length;
  for (const chain of theirs.slice(-2)) await verify(chain.agentId, 'work');
}
await trust.close();
tell({ done, refused, foreign, conflicts });
process.disconnect();
