import type { StoreEvent, StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import {
  addDelegation,
  appendAnchor,
  appendStatement,
  chainText,
  deactivateChain,
  entries,
  entryAfter,
  openIntent,
  putAuthority,
  putChain,
  revoke,
  statements,
} from './samples.js';

/** A batch whose last write is refused, with one of every kind before it. */
export async function commitsAllOrNothing(store: TrustStore): Promise<void> {
  await store.commit([
    putChain('agent-alice'),
    addDelegation('del-taken', { runId: 'run-0' }),
    openIntent('run-0/1', 'run-0'),
  ]);
  const before = await everything(store);
  const events: StoreEvent[] = [];
  const unwatch = store.watch((event) => events.push(event));
  const [anchor] = entries('run-1', 1);
  const batch: StoreWrite[] = [
    putAuthority('org-acme'),
    putChain('agent-bob'),
    deactivateChain('agent-alice'),
    addDelegation('del-new'),
    { op: 'close_delegations', runId: 'run-0' },
    revoke('person', 'person-1'),
    ...statements(2).map(appendStatement),
    openIntent('run-1/1'),
    appendAnchor(anchor as never, 'run-0/1'),
    appendAnchor(entryAfter('shared', undefined, 'aud-shared')),
    addDelegation('del-taken'),
  ];
  await expectRefusal(
    'a batch that ends with a delegation whose id is taken',
    store.commit(batch),
    'STORE_CONFLICT',
  );
  unwatch();
  expectSame('what is stored after a refused batch', await everything(store), before);
  expectSame('events of a refused batch', events, []);
}

async function everything(store: TrustStore): Promise<unknown> {
  const chains = await store.readChains(['agent-alice', 'agent-bob']);
  return {
    chains: chains.map((chain) => chain && [chain.text, chain.version, chain.active]),
    authorities: await store.readAuthorities(['org-acme']),
    delegations: await store.findDelegations({ delegatorId: 'agent-alice' }),
    trails: [await store.readTrail('run-1'), await store.readTrail('shared')],
    statements: await store.readStatements(),
    intents: await store.openIntents(),
    revocations: await store.readRevocations('person', ['person-1']),
  };
}

/** The writes of one batch apply in order, and each is held against those before it. */
export async function commitsInOrder(store: TrustStore): Promise<void> {
  const twice = (what: string, writes: readonly StoreWrite[]): Promise<void> =>
    expectRefusal(`one batch with ${what} twice`, store.commit(writes), 'STORE_CONFLICT');
  await twice('a delegation', [addDelegation('del-1'), addDelegation('del-1', { taskId: 'task-2' })]);
  await twice('an intent', [openIntent('run-1/1'), openIntent('run-1/1')]);
  await twice('a new chain', [
    putChain('agent-alice'),
    putChain('agent-alice', null, chainText('agent-alice', 'other')),
  ]);
  await store.commit(entries('run-1', 3).map((entry) => appendAnchor(entry)));
  expectSame('a batch of three entries of one trail', (await store.readTrail('run-1')).length, 3);
  await store.commit([addDelegation('del-2'), revoke('delegation', 'del-2')]);
  const [entry] = await store.readDelegationPath('del-2');
  expectSame('a delegation that its own batch revokes', entry?.status, 'revoked');
  await store.commit([putChain('agent-bob'), deactivateChain('agent-bob')]);
  const [chain] = await store.readChains(['agent-bob']);
  expectSame('a chain that its own batch ends', chain?.active, false);
}
