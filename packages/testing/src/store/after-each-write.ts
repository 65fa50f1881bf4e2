import type { StoreWrite, TrustStore } from '@kaizen-eatp/core/store';
import { expectSame } from './expectations.js';
import {
  addDelegation,
  appendAnchor,
  appendStatement,
  chainText,
  deactivateChain,
  entries,
  openIntent,
  putAuthority,
  putChain,
  revocation,
  revoke,
  statements,
} from './samples.js';
import type { StoreTrial } from './store-trial.js';

/** A write by one instance, with the reading by which another one notices it. */
interface Step {
  readonly what: string;
  readonly writes: (store: TrustStore) => Promise<readonly StoreWrite[]> | readonly StoreWrite[];
  readonly read: (store: TrustStore) => Promise<unknown>;
  readonly expected: unknown;
}

const versionOf = async (store: TrustStore): Promise<string> =>
  (await store.readChains(['agent-alice']))[0]?.version ?? '';

const [firstEntry] = entries('run-1', 1) as [ReturnType<typeof entries>[number]];
const [firstStatement] = statements(1) as [ReturnType<typeof statements>[number]];
const disclosure = { digest: '2'.repeat(64), person: 'person-1', salt: 'salt', text: '{}' };

const STEPS: readonly Step[] = [
  {
    what: 'an authority',
    writes: () => [putAuthority('org-acme')],
    read: async (store) => (await store.readAuthorities(['org-acme']))[0]?.text,
    expected: '{"id":"org-acme"}',
  },
  {
    what: 'a chain',
    writes: () => [putChain('agent-alice')],
    read: async (store) => (await store.readChains(['agent-alice']))[0]?.text,
    expected: chainText('agent-alice'),
  },
  {
    what: 'a replaced chain',
    writes: async (store) => [
      putChain('agent-alice', await versionOf(store), chainText('agent-alice', 'second')),
    ],
    read: async (store) => (await store.readChains(['agent-alice']))[0]?.text,
    expected: chainText('agent-alice', 'second'),
  },
  {
    what: 'the chain in the list',
    writes: () => [],
    read: async (store) => [
      (await store.listChains()).map(({ text }) => text),
      (await store.listChains({ limit: 5 })).map(({ text }) => text),
      (await store.listChains({ afterAgentId: 'agent-a' })).map(({ agentId }) => agentId),
    ],
    expected: [[chainText('agent-alice', 'second')], [chainText('agent-alice', 'second')], ['agent-alice']],
  },
  {
    what: 'a chain that has ended',
    writes: () => [deactivateChain('agent-alice')],
    read: async (store) => (await store.readChains(['agent-alice']))[0]?.active,
    expected: false,
  },
  {
    what: 'a revocation',
    writes: () => [revoke('agent', 'agent-alice')],
    read: (store) => store.readRevocations('agent', ['agent-alice']),
    expected: [revocation('agent', 'agent-alice')],
  },
  {
    what: 'a delegation',
    writes: () => [addDelegation('del-1', { runId: 'run-1', person: 'person-1' })],
    read: async (store) => (await store.readDelegationPath('del-1')).map(({ status }) => status),
    expected: ['in_force'],
  },
  {
    what: 'delegations that have ended with their run',
    writes: () => [{ op: 'close_delegations', runId: 'run-1' }],
    read: async (store) =>
      Promise.all(
        [{ runId: 'run-1' }, { taskId: 'task-1' }, { delegateeId: 'agent-bob' }].map(async (filter) =>
          (await store.findDelegations(filter)).map(({ status }) => status),
        ),
      ),
    expected: [['closed'], ['closed'], ['closed']],
  },
  {
    what: 'a revoked delegation',
    writes: () => [addDelegation('del-2'), revoke('delegation', 'del-2')],
    read: async (store) => (await store.readDelegationPath('del-2')).map(({ status }) => status),
    expected: ['revoked'],
  },
  {
    what: 'an intent',
    writes: () => [openIntent('run-1/1')],
    read: async (store) => [
      (await store.openIntents()).map(({ invocationId }) => invocationId),
      (await store.openIntents({ trailId: 'run-1' })).map(({ invocationId }) => invocationId),
    ],
    expected: [['run-1/1'], ['run-1/1']],
  },
  {
    what: 'an outcome that closes an intent',
    writes: () => [appendAnchor(firstEntry, 'run-1/1')],
    read: async (store) => [
      (await store.openIntents()).length,
      (await store.openIntents({ trailId: 'run-1' })).length,
      (await store.readTrail('run-1')).length,
      (await store.readTrail('run-1', { afterSequence: 0, limit: 5 })).length,
      (await store.trailHead('run-1'))?.hash,
    ],
    expected: [0, 0, 1, 1, firstEntry.hash],
  },
  {
    what: 'a statement',
    writes: () => [appendStatement(firstStatement)],
    read: async (store) => [await store.readStatements(), await store.readStatements({ limit: 5 })],
    expected: [[firstStatement], [firstStatement]],
  },
  {
    what: 'a disclosure',
    writes: () => [{ op: 'put_disclosure', disclosure }],
    read: (store) => store.readDisclosures([disclosure.digest]),
    expected: [disclosure],
  },
  {
    what: 'the disclosures of a person who was erased',
    writes: () => [{ op: 'erase_person', person: 'person-1' }],
    read: (store) => store.readDisclosures([disclosure.digest]),
    expected: [undefined],
  },
];

/** After every kind of write, another instance reads the new state, though it has read every state before in every way. */
export const seesEachWriteOfAnother = (trial: StoreTrial): Promise<undefined> =>
  trial.inPlace(async (place) => {
    const [one, other] = await place.openTwo();
    for (const [i, { what, writes, read, expected }] of STEPS.entries()) {
      // Both write in turn. Both have read before, each in every way, so that one that keeps what it read is noticed.
      const [writer, reader] = i % 2 === 0 ? [one, other] : [other, one];
      for (const each of STEPS) await Promise.all([each.read(reader), each.read(writer)]);
      const batch = await writes(writer);
      if (batch.length > 0) await writer.commit(batch);
      expectSame(`${what}, read by another instance right after the write`, await read(reader), expected);
      expectSame(`${what}, read by the instance that wrote it`, await read(writer), expected);
    }
  });
