import { type StoreWrite, TRAIL_START, type TrustStore } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { trustWorld } from '@kaizen-eatp/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { addDelegation, entryAfter, firstOf, putChain, revokeAgent } from './records.js';
import { sharedServer } from './server/shared-server.js';
import { countStatements } from './server/statements.js';

const server = sharedServer();

/** A store whose connections are made already, so that only its work is counted. */
async function openWarm(): Promise<PostgresTrustStore> {
  const store = await PostgresTrustStore.open({
    connectionString: server.url,
    schema: server.schema(),
    // The looks for changes by others come by the clock, and are none of its work.
    pollInterval: 600_000,
  });
  onTestFinished(() => store.close());
  await store.commit([{ op: 'close_delegations', runId: 'none' }]);
  await Promise.all([store.trailHead('none'), store.trailHead('none')]);
  return store;
}

const first = entryAfter('run-1', undefined, 'aud-1');
const disclosure = { digest: 'd', person: 'person-1', salt: 's', text: '{}' };
const intent = {
  ...{ invocationId: 'run-1/1', trailId: 'run-1', taskId: 'task-1', agentId: 'agent-alice', action: 'work' },
  ...{ method: null, resource: null, delegationId: null, person: null, attempt: 1, inputDigest: null },
  ...{ owner: 'process-1', openedAt: '2026-06-01T12:00:00+00:00' },
  ...{ authorityId: 'org-acme', code: 'hmac-sha256:none' },
};
const BATCH: readonly StoreWrite[] = [
  { op: 'put_authority', authorityId: 'org-acme', text: '{}', ifVersion: null },
  putChain('agent-alice'),
  addDelegation('del-1', { runId: 'run-1' }),
  { op: 'open_intent', intent },
  { op: 'append_anchor', entry: first, closesIntent: 'run-1/1' },
  firstOf('shared', 'aud-2'),
  { op: 'close_delegations', runId: 'run-1' },
  { op: 'put_disclosure', disclosure },
  { op: 'erase_person', person: 'person-1' },
  revokeAgent('agent-alice'),
  { op: 'append_statement', entry: { sequence: 1, previousHash: TRAIL_START, hash: 'h', text: '{}' } },
  { op: 'deactivate_chain', agentId: 'agent-alice', at: '2026-06-01T12:00:00+00:00' },
];

describe('a commit', () => {
  it('of any one write is one statement', async () => {
    const store = await openWarm();
    const statements = countStatements();
    for (const write of BATCH) {
      await store.commit([write]);
      expect(statements.take(), write.op).toHaveLength(1);
    }
  });

  it('of a batch is one statement, and so are those that come while it is under way', async () => {
    const store = await openWarm();
    const statements = countStatements();
    await store.commit(BATCH);
    expect(statements.take()).toHaveLength(1);
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.commit([addDelegation(`del-many-${i}`)])));
    expect(statements.take()).toHaveLength(1);
  });
});

describe('a request to read', () => {
  it('is one statement, whatever it names', async () => {
    const store = await openWarm();
    await store.commit([putChain('agent-alice'), addDelegation('del-1')]);
    const statements = countStatements();
    const read = await store.read({
      chains: ['agent-alice', 'agent-bob'],
      authorities: ['org-acme'],
      delegationPaths: ['del-1', 'del-2'],
      revocations: [
        { kind: 'agent', subjectIds: ['agent-alice'] },
        { kind: 'person', subjectIds: ['person-1'] },
      ],
    });
    expect(read.chains[0]?.active).toBe(true);
    expect(statements.take()).toHaveLength(1);
    await store.read({});
    expect(statements.take()).toHaveLength(0);
  });

  it('goes together with others that come in the same turn', async () => {
    const store = await openWarm();
    const statements = countStatements();
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        store.read({ chains: [`agent-${i}`], delegationPaths: ['del-1'] }),
      ),
    );
    expect(statements.take().length).toBeLessThanOrEqual(2);
  });
});

describe('a sequential run of three agents', () => {
  it('makes few commits and few statements', async () => {
    const store: TrustStore = await openWarm();
    const { runtime } = await trustWorld({ store, agents: { alice: {}, bob: {}, carol: {} } });
    const orchestration = runtime([sequential]);
    await orchestration.execute('warm', { pattern: 'sequential' });
    const commit = vi.spyOn(store, 'commit');
    const statements = countStatements();
    await orchestration.execute('x', { pattern: 'sequential' });
    const counted = { commits: commit.mock.calls.length, statements: statements.take().length };
    expect(counted.commits).toBeLessThanOrEqual(7);
    expect(counted.statements).toBeLessThanOrEqual(13);
  });
});
