import { InMemoryKeyManager, MemoryTrustStore, TrustOperations } from '@kaizen-eatp/core';
import type { StoreWrite } from '@kaizen-eatp/core/store';
import { expect, it } from 'vitest';

const COUNT = 300;

class CountingKeyManager extends InMemoryKeyManager {
  signatures = 0;

  override sign(text: string, keyId: string): string {
    this.signatures += 1;
    return super.sign(text, keyId);
  }
}

/** Its commits of statements can be made to hang. */
class HangingStore extends MemoryTrustStore {
  hangs = 0;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.hangs > 0 && writes.some(({ op }) => op === 'append_statement')) {
      this.hangs -= 1;
      await new Promise(() => undefined);
    }
    return super.commit(writes);
  }
}

async function tasksOf(store: MemoryTrustStore, count: number) {
  const keyManager = new CountingKeyManager();
  const trust = new TrustOperations({ store, keyManager });
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  for (const agentId of ['agent-alice', 'agent-bob'])
    await trust.establish({ agentId, authorityId: acme.id, capabilities: ['work'] });
  const tasks = Array.from({ length: count }, (_, i) => `task-${i}`);
  for (const taskId of tasks)
    await trust.delegate({
      delegatorId: 'agent-alice',
      delegateeId: 'agent-bob',
      taskId,
      capabilities: ['work'],
    });
  return { trust, tasks, keyManager };
}

it('ends many tasks at once, and hardly signs the end of any twice', async () => {
  const store = new MemoryTrustStore();
  const { trust, tasks, keyManager } = await tasksOf(store, COUNT);
  const before = keyManager.signatures;
  await Promise.all(tasks.map((taskId) => trust.endTask({ taskId, delegatorId: 'agent-alice' })));
  // A pause of the whole process can let a few begin before the one before them has ended.
  expect(keyManager.signatures - before).toBeLessThan(1.1 * COUNT);
  expect(await store.findDelegations({ delegatorId: 'agent-alice', status: 'in_force' })).toEqual([]);
});

it('revokes although another commit of this process hangs', async () => {
  const store = new HangingStore();
  const { trust, tasks } = await tasksOf(store, 1);
  store.hangs = 1;
  void trust.endTask({ taskId: tasks[0] as string, delegatorId: 'agent-alice' });
  await expect.poll(() => store.hangs).toBe(0);
  await trust.revoke({ agentId: 'agent-bob', reason: 'stolen' });
  expect(await trust.verify({ agentId: 'agent-bob', action: 'work' })).toMatchObject({ valid: false });
});
