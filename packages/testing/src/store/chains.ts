import type { TrustStore } from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame, expectThat } from './expectations.js';
import { chainText, deactivateChain, putAuthority, putChain } from './samples.js';

/** A missing record reads as nothing, in the place where it was asked for. */
export async function readsNothing(store: TrustStore): Promise<void> {
  expectSame('readChains of two unknown agents', await store.readChains(['agent-x', 'agent-y']), [
    undefined,
    undefined,
  ]);
  expectSame('readAuthorities of an unknown one', await store.readAuthorities(['org-x']), [undefined]);
  expectSame('listChains', await store.listChains(), []);
  expectSame('readDelegationPath of an unknown one', await store.readDelegationPath('del-x'), []);
  expectSame('findDelegations', await store.findDelegations({ taskId: 'task-x' }), []);
  expectSame('trailHead of an unknown trail', await store.trailHead('run-x'), undefined);
  expectSame('readTrail of an unknown trail', await store.readTrail('run-x'), []);
  expectSame('openIntents', await store.openIntents(), []);
  expectSame('readRevocations', await store.readRevocations('agent', ['agent-x']), []);
}

export async function readsChains(store: TrustStore): Promise<void> {
  await store.commit([putChain('agent-alice'), putChain('agent-bob')]);
  const read = await store.readChains(['agent-bob', 'agent-nobody', 'agent-alice']);
  const facts = read.map((chain) => chain && [chain.agentId, chain.text, chain.active]);
  expectSame('readChains, in the order of the ids', facts, [
    ['agent-bob', chainText('agent-bob'), true],
    undefined,
    ['agent-alice', chainText('agent-alice'), true],
  ]);
}

export async function readsAuthorities(store: TrustStore): Promise<void> {
  await store.commit([putAuthority('org-acme'), putAuthority('org-other')]);
  const read = await store.readAuthorities(['org-other', 'org-none', 'org-acme']);
  expectSame(
    'readAuthorities, in the order of the ids',
    read.map((authority) => authority?.text),
    ['{"id":"org-other"}', undefined, '{"id":"org-acme"}'],
  );
}

export async function comparesChainVersions(store: TrustStore): Promise<void> {
  await store.commit([putChain('agent-alice')]);
  const first = await versionOf(store);
  await expectRefusal(
    'a second chain where none may be',
    store.commit([putChain('agent-alice')]),
    'STORE_CONFLICT',
  );
  await store.commit([putChain('agent-alice', first, chainText('agent-alice', 'second'))]);
  const second = await versionOf(store);
  expectThat('a write must change the version', first !== second);
  const late = store.commit([putChain('agent-alice', first, chainText('agent-alice', 'lost update'))]);
  await expectRefusal('a write over a version that is no longer there', late, 'STORE_CONFLICT');
  const [chain] = await store.readChains(['agent-alice']);
  expectSame('the chain after a refused write', chain?.text, chainText('agent-alice', 'second'));
  const early = store.commit([putChain('agent-bob', '1')]);
  await expectRefusal('a write over a version of a chain that does not exist', early, 'STORE_CONFLICT');
}

export async function comparesAuthorityVersions(store: TrustStore): Promise<void> {
  await store.commit([putAuthority('org-acme')]);
  const [first] = await store.readAuthorities(['org-acme']);
  await expectRefusal(
    'a second authority of one id',
    store.commit([putAuthority('org-acme')]),
    'STORE_CONFLICT',
  );
  await store.commit([putAuthority('org-acme', first?.version ?? '', '{"id":"org-acme","n":2}')]);
  const late = store.commit([putAuthority('org-acme', first?.version ?? '', '{"id":"org-acme","n":3}')]);
  await expectRefusal('a write over a version that is no longer there', late, 'STORE_CONFLICT');
  const [last] = await store.readAuthorities(['org-acme']);
  expectSame('the authority after a refused write', last?.text, '{"id":"org-acme","n":2}');
}

export async function endsChains(store: TrustStore): Promise<void> {
  await store.commit([putChain('agent-alice'), putChain('agent-bob')]);
  await store.commit([deactivateChain('agent-alice')]);
  const [alice, bob] = await store.readChains(['agent-alice', 'agent-bob']);
  expectSame('the chain that was ended', [alice?.active, alice?.text], [false, chainText('agent-alice')]);
  expectSame('the chain that was not', bob?.active, true);
  await store.commit([putChain('agent-alice', null, chainText('agent-alice', 'anew'))]);
  const [anew] = await store.readChains(['agent-alice']);
  expectSame(
    'the chain established again',
    [anew?.active, anew?.text],
    [true, chainText('agent-alice', 'anew')],
  );
}

export async function pagesChains(store: TrustStore): Promise<void> {
  const ids = ['agent-B', 'agent-a', 'agent-ä', 'agent-c', 'agent-漢', 'agent-10', 'agent-9'];
  await store.commit([...ids.map((id) => putChain(id)), deactivateChain('agent-c')]);
  const listed: string[] = [];
  for (let afterAgentId: string | undefined; listed.length <= ids.length; afterAgentId = listed.at(-1)) {
    const page = await store.listChains({ limit: 2, ...(afterAgentId !== undefined && { afterAgentId }) });
    expectThat(`a page of at most 2 chains has ${page.length}`, page.length <= 2);
    if (page.length === 0) break;
    listed.push(...page.map((chain) => chain.agentId));
  }
  expectSame('all chains, a page at a time, each once', [...listed].sort(), [...ids].sort());
  const whole = await store.listChains({ limit: 100 });
  expectSame(
    'the order of pages and of the whole',
    listed,
    whole.map((chain) => chain.agentId),
  );
  expectSame(
    'a chain that has ended is listed as such',
    whole.find((c) => c.agentId === 'agent-c')?.active,
    false,
  );
}

async function versionOf(store: TrustStore): Promise<string> {
  const [chain] = await store.readChains(['agent-alice']);
  return chain?.version ?? '';
}
