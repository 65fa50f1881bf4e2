import type { TrustStore } from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import { addDelegation, chainText, putChain, revoke } from './samples.js';

/** An offer is accepted once, with all else in its batch or not at all, and ends only by that or by a revocation. */
export async function acceptsOffersOnce(store: TrustStore): Promise<void> {
  const accept = (delegationId: string) => ({ op: 'accept_delegation', delegationId }) as const;
  const offered = { status: 'offered' } as const;
  await store.commit([
    addDelegation('del-1', offered),
    addDelegation('del-2', { ...offered, person: 'person-1' }),
    addDelegation('del-3', offered),
    addDelegation('del-4'),
    addDelegation('del-5', { ...offered, delegateeId: 'agent-carol' }),
  ]);
  const found = (await store.findDelegations({ delegateeId: 'agent-bob', ...offered })).map(
    ({ delegationId }) => delegationId,
  );
  expectSame('the offers to an agent, oldest first', found, ['del-1', 'del-2', 'del-3']);
  await store.commit([{ op: 'close_delegations', taskId: 'task-1', delegatorId: 'agent-alice' }]);
  expectSame('after the task has ended', await statuses(store), [
    ...['offered', 'offered', 'offered', 'closed', 'offered'],
  ]);
  await store.commit([revoke('person', 'person-1')]);
  await store.commit([revoke('delegation', 'del-3')]);
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => store.commit([accept('del-1'), putChain(`agent-${i}`)])),
  );
  const accepted = tries.filter(({ status }) => status === 'fulfilled').length;
  expectSame('how many of those who accept one offer succeed', accepted, 1);
  expectSame('the chains that came with it', (await store.listChains()).length, 1);
  for (const [what, id] of [
    ['accepted', 'del-1'],
    ['revoked with its person', 'del-2'],
    ['revoked', 'del-3'],
    ['made for a task', 'del-4'],
    ['not there', 'del-x'],
  ] as const) {
    const again = store.commit([accept(id), putChain('agent-late', null, chainText('agent-late'))]);
    await expectRefusal(`accepting what is ${what}`, again, 'STORE_CONFLICT');
  }
  expectSame('after all that', await statuses(store), [
    ...['accepted', 'revoked', 'revoked', 'closed', 'offered'],
  ]);
  await store.commit([revoke('delegation', 'del-1')]);
  expectSame('an accepted one that is revoked', (await statuses(store))[0], 'revoked');
}

async function statuses(store: TrustStore): Promise<(string | undefined)[]> {
  const ids = [1, 2, 3, 4, 5].map((i) => `del-${i}`);
  const { delegationPaths } = await store.read({ delegationPaths: ids });
  return delegationPaths.map(([entry]) => entry?.status);
}
