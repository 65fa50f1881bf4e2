import type { ReadRequest, ReadResult, TrustStore } from '@kaizen-eatp/core/store';
import { expectSame } from './expectations.js';
import {
  addDelegation,
  chainText,
  ledgerEntry,
  putAuthority,
  putChain,
  revocation,
  revoke,
} from './samples.js';
import type { StoreTrial } from './store-trial.js';

/** One request reads everything, in its order, with a place for what there is not. */
export async function readsEverythingAtOnce(store: TrustStore): Promise<void> {
  expectSame('an empty request', await store.read({}), {
    chains: [],
    authorities: [],
    delegationPaths: [],
    revocations: [],
  });
  await store.commit([putChain('agent-alice'), putChain('agent-bob'), putAuthority('org-acme')]);
  await store.commit([addDelegation('del-1'), addDelegation('del-2', { parentDelegationId: 'del-1' })]);
  await store.commit([revoke('agent', 'agent-carol'), revoke('agent', 'agent-dan')]);
  const { chains, authorities, delegationPaths, revocations } = await store.read({
    chains: ['agent-bob', 'agent-x', 'agent-alice', 'agent-bob'],
    authorities: ['org-x', 'org-acme'],
    delegationPaths: ['del-2', 'del-x', 'del-1'],
    revocations: [
      { kind: 'agent', subjectIds: ['agent-dan', 'agent-x', 'agent-carol'] },
      { kind: 'delegation', subjectIds: ['agent-dan'] },
    ],
  });
  const texts = ['agent-bob', 'agent-x', 'agent-alice', 'agent-bob'].map((id) =>
    id === 'agent-x' ? undefined : chainText(id),
  );
  expectSame(
    'the chains of a request',
    chains.map((chain) => chain?.text),
    texts,
  );
  expectSame(
    'the authorities of a request',
    authorities.map((authority) => authority?.text),
    [undefined, '{"id":"org-acme"}'],
  );
  const first = ledgerEntry('del-1');
  const second = ledgerEntry('del-2', { parentDelegationId: 'del-1' });
  expectSame('the paths of a request', delegationPaths, [[second, first], [], [first]]);
  const found = [revocation('agent', 'agent-dan'), revocation('agent', 'agent-carol')];
  expectSame('the revocations of a request', revocations, [found, []]);
}

const GENERATIONS = 20;
const READS = 10;

/** One request never sees a part of the changes of one commit. */
export const readsOneMoment = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const [writer, reader] = await place.openTwo();
    await writer.commit([
      putChain('agent-alice', null, '0'),
      putAuthority('org-acme', null, '0'),
      addDelegation('del-1'),
    ]);
    const request: ReadRequest = {
      chains: ['agent-alice'],
      authorities: ['org-acme'],
      delegationPaths: ['del-1'],
      revocations: [{ kind: 'delegation', subjectIds: ['del-1'] }],
    };
    for (let n = 1; n <= GENERATIONS; n++) {
      const { chains, authorities } = await writer.read(request);
      const before = reader.read(request);
      const committing = writer.commit([
        putChain('agent-alice', chains[0]?.version ?? '', `${n}`),
        putAuthority('org-acme', authorities[0]?.version ?? '', `${n}`),
        ...(n === GENERATIONS / 2 ? [revoke('delegation', 'del-1')] : []),
      ]);
      const reads = Array.from({ length: READS }, async (_, turns) => {
        // Some fall into the commit, and some after it.
        for (let turn = 0; turn < turns; turn++) await undefined;
        return reader.read(request);
      });
      await committing;
      for (const read of await Promise.all([before, ...reads])) expectOneMoment(read);
    }
    expectOneMoment(await reader.read(request));
  });

function expectOneMoment({ chains, authorities, delegationPaths, revocations }: ReadResult): void {
  const generation = Number(chains[0]?.text);
  const isRevoked = generation >= GENERATIONS / 2;
  expectSame(
    'what one request saw of an authority, a delegation and a revocation that were written with the chain',
    [authorities[0]?.text, delegationPaths[0]?.[0]?.status, revocations[0]?.length],
    [`${generation}`, isRevoked ? 'revoked' : 'in_force', isRevoked ? 1 : 0],
  );
}
