// Appends to the shared trail: path, name, how many, 'real' or 'naive'. Starts at a word.
import { TrustOperations } from '@kaizen-eatp/core';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { NaiveTrail } from './naive-trail.ts';
import { tell, word } from './parent.ts';

const AT_ONCE = 25;
const [path, name, count, kind] = process.argv.slice(2) as [string, string, string, string];

/** Appends as a store does that reads the head, makes the entry, and inserts it. */
class NaiveStore extends SqliteTrustStore {
  readonly #trail = new NaiveTrail(path);

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    for (const write of writes) {
      if (write.op === 'append_shared') await this.#trail.append(write);
      else await super.commit([write]);
    }
  }
}

const store = kind === 'naive' ? new NaiveStore({ path }) : new SqliteTrustStore({ path });
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
