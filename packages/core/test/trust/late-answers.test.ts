import { InMemoryKeyManager, MemoryTrustStore, TrustOperations } from '@kaizen-eatp/core';
import type { ReadRequest, ReadResult, StoredChain } from '@kaizen-eatp/core/store';
import { expect, it } from 'vitest';

/** One answer that contains a chain can be held back, as a network does, until something has happened. */
class SlowAnswers extends MemoryTrustStore {
  meanwhile: (() => Promise<unknown>) | undefined;
  holdsBack: 'read' | 'listChains' = 'read';

  override async read(request: ReadRequest): Promise<ReadResult> {
    const answer = await super.read(request);
    if (request.chains?.length) await this.#wait('read');
    return answer;
  }

  override async listChains(page?: { afterAgentId?: string; limit?: number }): Promise<StoredChain[]> {
    const answer = await super.listChains(page);
    await this.#wait('listChains');
    return answer;
  }

  async #wait(answer: string): Promise<void> {
    if (answer !== this.holdsBack) return;
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
  }
}

async function deployment() {
  const store = new SlowAnswers();
  const trust = new TrustOperations({ store, keyManager: new InMemoryKeyManager(), recorder: 'org-acme' });
  await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme' });
  for (const agentId of ['agent-alice', 'agent-bob'])
    await trust.establish({ agentId, authorityId: 'org-acme', capabilities: ['read', 'write'] });
  const lasting = (taskId: string) =>
    trust.delegate({
      delegatorId: 'agent-alice',
      delegateeId: 'agent-bob',
      taskId,
      capabilities: ['read'],
      lasting: true,
    });
  const accept = async (delegationId: string) =>
    trust.acceptDelegation({ delegationId, agentId: 'agent-bob' });
  return { store, trust, lasting, accept };
}

it.each([
  ['verify', ({ trust }: Here) => trust.verify({ agentId: 'agent-bob', action: 'write' })],
  ['getChain', ({ trust }: Here) => trust.getChain('agent-bob')],
  ['delegate to it', ({ lasting }: Here) => lasting('later')],
  [
    'delegate from it',
    ({ trust }: Here) =>
      trust.delegate({
        delegatorId: 'agent-bob',
        delegateeId: 'agent-alice',
        taskId: 'back',
        capabilities: ['write'],
      }),
  ],
] as const)(
  'an agent whose chain is replaced while it is read is not taken for a revoked one: %s',
  async (_name, act) => {
    const here = await deployment();
    const { id } = await here.lasting('first');
    here.store.meanwhile = () => here.accept(id);
    const found = await act(here);
    expect(here.store.meanwhile).toBeUndefined();
    expect(found).toBeTruthy();
    if ('valid' in found!) expect(found.valid).toBe(true);
  },
);

type Here = Awaited<ReturnType<typeof deployment>>;

it('an agent that was revoked and reinstated while its chain was read can be established', async () => {
  const { store, trust } = await deployment();
  store.meanwhile = async () => {
    await trust.revoke({ agentId: 'agent-bob', reason: 'lost' });
    await trust.reinstate({ agentId: 'agent-bob', reason: 'found' });
  };
  await trust.establish({ agentId: 'agent-bob', authorityId: 'org-acme', capabilities: ['read'] });
  expect((await trust.verify({ agentId: 'agent-bob', action: 'read' })).valid).toBe(true);
});

it('a chain that was replaced and is put back stays ended, however often it is read', async () => {
  const { store, trust, lasting, accept } = await deployment();
  const [before] = (await store.read({ chains: ['agent-bob'] })).chains;
  await accept((await lasting('first')).id);
  const [after] = (await store.read({ chains: ['agent-bob'] })).chains;
  await store.commit([
    {
      op: 'put_chain',
      agentId: 'agent-bob',
      text: before!.text,
      authorityId: 'org-acme',
      expiresAt: null,
      ifVersion: after!.version,
    },
  ]);
  expect((await trust.verify({ agentId: 'agent-bob', action: 'write' })).denial?.code).toBe('REVOKED');
});

it('two lasting delegations that are revoked at once are both taken out of the chain, which stays valid', async () => {
  const { store, trust, lasting, accept } = await deployment();
  const [first, second] = [await lasting('first'), await lasting('second')];
  await accept(first.id);
  await accept(second.id);
  store.holdsBack = 'listChains';
  // The first list finds out whether there is such a delegation, the second one what to take it out of.
  store.meanwhile = async () => {
    store.meanwhile = async () => {
      await trust.revoke({ delegationId: second.id, reason: 'over too' });
      await trust.verify({ agentId: 'agent-bob', action: 'read' });
    };
  };
  await trust.revoke({ delegationId: first.id, reason: 'over' });
  expect(store.meanwhile).toBeUndefined();
  expect((await trust.getChain('agent-bob'))?.delegations).toEqual([]);
  expect((await trust.verify({ agentId: 'agent-bob', action: 'write' })).valid).toBe(true);
});
