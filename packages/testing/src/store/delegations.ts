import type { DelegationFilter, TrustStore } from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import { addDelegation, ledgerEntry, revocation, revoke } from './samples.js';

export async function refusesSecondDelegation(store: TrustStore): Promise<void> {
  await store.commit([addDelegation('del-1')]);
  const second = store.commit([addDelegation('del-1', { taskId: 'task-2' })]);
  await expectRefusal('a second delegation of one id', second, 'STORE_CONFLICT');
  expectSame('the first', await store.readDelegationPath('del-1'), [ledgerEntry('del-1')]);
}

/** From a delegation up to the first, also where one of them is missing or they go round in a circle. */
export async function readsPaths(store: TrustStore): Promise<void> {
  await store.commit([
    addDelegation('del-1'),
    addDelegation('del-2', { parentDelegationId: 'del-1' }),
    addDelegation('del-3', { parentDelegationId: 'del-2' }),
    addDelegation('del-orphan', { parentDelegationId: 'del-missing' }),
    addDelegation('del-ring-1', { parentDelegationId: 'del-ring-2' }),
    addDelegation('del-ring-2', { parentDelegationId: 'del-ring-1' }),
  ]);
  const path = async (id: string): Promise<string[]> =>
    (await store.readDelegationPath(id)).map((entry) => entry.delegationId);
  expectSame('the path of the third', await path('del-3'), ['del-3', 'del-2', 'del-1']);
  expectSame('the path of the first', await path('del-1'), ['del-1']);
  expectSame('a path whose parent is missing', await path('del-orphan'), ['del-orphan']);
  expectSame('a path that is a circle', await path('del-ring-1'), ['del-ring-1', 'del-ring-2']);
}

export async function findsDelegations(store: TrustStore): Promise<void> {
  const all = [
    ledgerEntry('del-c', { runId: 'run-1' }),
    ledgerEntry('del-a', { runId: 'run-1', delegateeId: 'agent-carol', person: 'person-1' }),
    ledgerEntry('del-b', { taskId: 'task-2', delegatorId: 'agent-bob', runId: 'run-2' }),
    ledgerEntry('del-d', { status: 'closed' }),
  ];
  for (const entry of all) await store.commit([{ op: 'add_delegation', entry }]);
  const expectFound = async (filter: DelegationFilter, ids: readonly string[]): Promise<void> => {
    const found = await store.findDelegations(filter);
    expectSame(
      `found by ${JSON.stringify(filter)}, oldest first`,
      found.map((entry) => entry.delegationId),
      ids,
    );
  };
  await expectFound({ taskId: 'task-1' }, ['del-c', 'del-a', 'del-d']);
  await expectFound({ runId: 'run-1' }, ['del-c', 'del-a']);
  await expectFound({ delegatorId: 'agent-bob' }, ['del-b']);
  await expectFound({ delegateeId: 'agent-carol' }, ['del-a']);
  await expectFound({ person: 'person-1' }, ['del-a']);
  await expectFound({ status: 'closed', taskId: 'task-1' }, ['del-d']);
  await expectFound({ taskId: 'task-1', runId: 'run-1', delegateeId: 'agent-bob', status: 'in_force' }, [
    'del-c',
  ]);
  await expectFound({ taskId: 'task-2', runId: 'run-1' }, []);
  expectSame(
    'a delegation as it was written',
    (await store.findDelegations({ person: 'person-1' }))[0],
    all[1],
  );
}

/** Ends what is in force for a run, or what one delegator made for a task outside runs, and nothing else. */
export async function closesDelegations(store: TrustStore): Promise<void> {
  const task = { taskId: 'task-2' };
  await store.commit([
    addDelegation('del-1', { runId: 'run-1' }),
    addDelegation('del-2', { ...task, runId: 'run-2' }),
    addDelegation('del-3', { runId: 'run-1', status: 'revoked' }),
    addDelegation('del-4', task),
    addDelegation('del-5', { ...task, delegatorId: 'agent-bob', delegateeId: 'agent-carol' }),
    addDelegation('del-6', { taskId: 'task-3' }),
  ]);
  await store.commit([{ op: 'close_delegations', runId: 'run-1' }]);
  expectSame('after the run has ended', await statuses(store, 6), [
    ...['closed', 'in_force', 'revoked', 'in_force'],
    ...['in_force', 'in_force'],
  ]);
  await store.commit([{ op: 'close_delegations', ...task, delegatorId: 'agent-alice' }]);
  expectSame("after one delegator's task has ended", await statuses(store, 6), [
    ...['closed', 'in_force', 'revoked', 'closed'],
    ...['in_force', 'in_force'],
  ]);
}

/** A delegation's id is a digest of its run, invocation, person and nonce, so these must come back unchanged. */
export async function keepsBindings(store: TrustStore): Promise<void> {
  const bound = ledgerEntry('del-1', {
    runId: 'run-1',
    invocationId: 'run-1/3',
    person: 'person-1',
    nonce: 'n-1',
  });
  const unbound = ledgerEntry('del-2', { nonce: '' });
  await store.commit([bound, unbound].map((entry) => ({ op: 'add_delegation', entry })));
  const { delegationPaths } = await store.read({ delegationPaths: ['del-1', 'del-2'] });
  expectSame('the paths of a delegation with bindings and of one without', delegationPaths, [
    [bound],
    [unbound],
  ]);
  expectSame('found by its person', await store.findDelegations({ person: 'person-1' }), [bound]);
}

/** A revocation is kept, and ends the ledger's entries that it concerns. */
export async function keepsRevocations(store: TrustStore): Promise<void> {
  await store.commit([
    addDelegation('del-1'),
    addDelegation('del-2', { person: 'person-1' }),
    addDelegation('del-3', { person: 'person-1', status: 'closed' }),
    addDelegation('del-4', { person: 'person-2' }),
  ]);
  await store.commit([revoke('agent', 'agent-bob')]);
  expectSame('after an agent was revoked', await statuses(store), [
    'in_force',
    'in_force',
    'closed',
    'in_force',
  ]);
  await store.commit([revoke('delegation', 'del-1')]);
  expectSame('after a delegation was revoked', await statuses(store), [
    'revoked',
    'in_force',
    'closed',
    'in_force',
  ]);
  await store.commit([revoke('person', 'person-1')]);
  expectSame('after a person was revoked', await statuses(store), [
    'revoked',
    'revoked',
    'closed',
    'in_force',
  ]);
  const read = await store.readRevocations('agent', ['agent-alice', 'agent-bob']);
  expectSame('the revocation of an agent', read, [revocation('agent', 'agent-bob')]);
  expectSame('revocations of another kind', await store.readRevocations('delegation', ['agent-bob']), []);
  const person = await store.readRevocations('person', ['person-1', 'person-2']);
  expectSame('the revocation of a person', person, [revocation('person', 'person-1')]);
}

async function statuses(store: TrustStore, count = 4): Promise<(string | undefined)[]> {
  const ids = Array.from({ length: count }, (_, i) => `del-${i + 1}`);
  const paths = await Promise.all(ids.map((id) => store.readDelegationPath(id)));
  return paths.map(([entry]) => entry?.status);
}
