import type { StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { expectRefusal, expectSame } from './expectations.js';
import {
  addDelegation,
  appendAnchor,
  deactivateChain,
  entryAfter,
  openIntent,
  putAuthority,
  putChain,
  revoke,
} from './samples.js';

/** Ids that not every store could keep, so that no store takes them. */
const UNSTORABLE: Readonly<Record<string, string>> = {
  'the character U+0000': 'id\0',
  'a lone high surrogate': 'id\ud83d',
  'a lone low surrogate': 'id\ude00',
  'more than 2,000 bytes': 'x'.repeat(2_001),
  'more than 2,000 bytes, in fewer characters': '漢'.repeat(667),
};

/** Ids that differ little, and that must not be taken for one another. */
const DISTINCT = [
  'id',
  'ID',
  'id ',
  ' id',
  'i\u0301d',
  '\u00edd',
  'id\u200b',
  '%',
  '_',
  "'; --",
  '\ufffd',
  '𝒳',
];

/** Ids are kept as they are, and those that not every store can keep are refused, by every kind of write. */
export async function keepsIds(store: TrustStore): Promise<void> {
  const ids = [...DISTINCT, '漢'.repeat(666)];
  for (const id of ids) {
    const everywhere = { taskId: id, runId: id, person: id, nonce: id, text: '{}' };
    await store.commit([putChain(id), addDelegation(id, everywhere)]);
    await store.commit([
      revoke('agent', id),
      appendAnchor(entryAfter(id, undefined, id, '{}')),
      openIntent(id, id),
    ]);
  }
  const { chains, delegationPaths, revocations } = await store.read({
    chains: ids,
    delegationPaths: ids,
    revocations: [{ kind: 'agent', subjectIds: ids }],
  });
  expectSame(
    'chains of ids that differ little',
    chains.map((chain) => chain?.agentId),
    ids,
  );
  expectSame(
    'delegations of ids that differ little',
    delegationPaths.map((path) => path.map((entry) => entry.delegationId)),
    ids.map((id) => [id]),
  );
  expectSame(
    'revocations of ids that differ little',
    revocations[0]?.map(({ subjectId }) => subjectId),
    ids,
  );
  for (const [what, id] of Object.entries(UNSTORABLE)) await refusesId(store, what, id);
}

async function refusesId(store: TrustStore, what: string, id: string): Promise<void> {
  const writes: Readonly<Record<string, StoreWrite>> = {
    'an agent': putChain(id, null, '{}'),
    'an agent whose chain ends': deactivateChain(id),
    'an authority': putAuthority(id, null, '{}'),
    'a delegation': addDelegation(id, { text: '{}' }),
    'a task': addDelegation('del-x', { taskId: id }),
    'a run': addDelegation('del-x', { runId: id }),
    'a person': addDelegation('del-x', { person: id }),
    'an intent': openIntent(id),
    'a trail': appendAnchor(entryAfter(id, undefined, 'aud-x')),
    'an anchor': appendAnchor(entryAfter('run-1', undefined, id, '{}')),
    'a revoked agent': revoke('agent', id),
    'a person who is erased': { op: 'erase_person', person: id },
    'a run that ends': { op: 'close_delegations', runId: id },
  };
  for (const [kind, write] of Object.entries(writes)) {
    await expectRefusal(`the id of ${kind} with ${what}`, store.commit([write]), 'INVALID_ARGUMENT');
  }
  // Nothing of that id is stored, and nothing of a similar one is taken for it.
  const found = await store.read({ chains: [id], authorities: [id], delegationPaths: [id] });
  expectSame(`what is read by an id with ${what}`, found, {
    chains: [undefined],
    authorities: [undefined],
    delegationPaths: [[]],
    revocations: [],
  });
  expectSame(`delegations found by a task with ${what}`, await store.findDelegations({ taskId: id }), []);
  expectSame(`the trail of an id with ${what}`, await store.readTrail(id), []);
}
