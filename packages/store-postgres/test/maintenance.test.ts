import { InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import { trustWorld } from '@kaizen-eatp/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { addDelegation, entryAfter, putChain, refusal, revokeAgent, sharedTrail } from './records.ts';
import { sharedServer } from './server/shared-server.ts';

const server = sharedServer();
const stores: PostgresTrustStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(schema = server.schema()): Promise<PostgresTrustStore> {
  const store = await PostgresTrustStore.open({ connectionString: server.url, schema });
  stores.push(store);
  return store;
}

/** The keys of all stores here. */
const keyManager = new InMemoryKeyManager();

async function filled(schema = server.schema()): Promise<PostgresTrustStore> {
  const store = await open(schema);
  const trust = new TrustOperations({ store, keyManager });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME "Zoë 漢字 𝒳"' });
  for (const name of ['alice', 'bob']) {
    await trust.establish({ agentId: `agent-${name}`, authorityId, capabilities: ['read'] });
    await trust.audit({ agentId: `agent-${name}`, action: 'read', result: 'success' });
  }
  await trust.delegate({
    delegatorId: 'agent-alice',
    delegateeId: 'agent-bob',
    capabilities: ['read'],
    taskId: 'task-1',
  });
  await trust.revoke({ agentId: 'agent-bob', reason: 'left' });
  await store.commit([
    addDelegation('del-run', { runId: 'run-1', status: 'closed' }),
    {
      op: 'open_intent',
      intent: {
        invocationId: 'run-1/1',
        trailId: 'run-1',
        taskId: 'task-1',
        agentId: 'agent-alice',
        action: 'read',
        method: null,
        resource: null,
        delegationId: null,
        person: null,
        attempt: 1,
        inputDigest: null,
        owner: 'gone',
        openedAt: '2026-01-01T00:00:00+00:00',
        authorityId: 'org-acme',
        code: 'hmac-sha256:none',
      },
    },
  ]);
  return store;
}

async function linesOf(store: PostgresTrustStore): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of store.exportJsonLines()) lines.push(line);
  return lines;
}

describe('export and import', () => {
  it('carry everything over, byte for byte', async () => {
    const store = await filled();
    await store.archive({ minimumAge: 0 });
    const lines = await linesOf(store);
    const copy = await open();
    expect(await copy.importJsonLines(lines)).toMatchObject({
      authority: 1,
      chain: 2,
      delegation: 0,
      archived_delegation: 2,
      anchor: 3,
      intent: 1,
    });
    const again = await linesOf(copy);
    expect(again).toEqual(lines);
    const trust = new TrustOperations({ store: copy, keyManager });
    expect(await trust.verifyTrail()).toMatchObject({ state: 'open', entries: 3 });
    expect((await trust.verify({ agentId: 'agent-alice', action: 'read', level: 'full' })).valid).toBe(true);
    expect((await trust.verify({ agentId: 'agent-bob', action: 'read' })).denial?.code).toBe('REVOKED');
    const head = await copy.trailHead('outside-runs');
    await copy.commit([{ op: 'append_anchor', entry: entryAfter('outside-runs', head, 'aud-next') }]);
    expect((await copy.trailHead('outside-runs'))?.sequence).toBe(4);
    expect((await refusal(copy.commit([addDelegation('del-run')]))).code).toBe('STORE_CONFLICT');
  });

  it('are of one moment, whatever is written meanwhile', async () => {
    const store = await open();
    const append = sharedTrail();
    await store.commit(Array.from({ length: 600 }, (_, i) => append(`aud-${i}`)));
    const lines: string[] = [];
    for await (const line of store.exportJsonLines()) {
      lines.push(line);
      if (lines.length === 10) await store.commit([append('aud-late'), putChain('agent-late')]);
    }
    expect(lines).toHaveLength(602);
    await (await open()).importJsonLines(lines);
  });

  it.each<[string, (lines: string[]) => string[]]>([
    ['a line less', (lines) => lines.toSpliced(3, 1)],
    ['a line twice', (lines) => lines.toSpliced(3, 0, lines[3] as string)],
    ['the end missing', (lines) => lines.slice(0, -1)],
    ['something after the end', (lines) => [...lines, '{"type":"chain"}']],
    ['a character changed', (lines) => lines.map((line) => line.replace('"agent-bob"', '"agent-bab"'))],
    ['a line that is no JSON', (lines) => lines.toSpliced(2, 1, 'DROP TABLE chains')],
    ['a kind that there is not', (lines) => lines.toSpliced(2, 1, '{"type":"key","secret":"x"}')],
    [
      'a field too many',
      (lines) => lines.map((line) => line.replace('{"type":"chain",', '{"type":"chain","x":1,')),
    ],
    [
      'the header of another format',
      (lines) => lines.toSpliced(0, 1, '{"type":"header","format":"zip","version":1}'),
    ],
    ['nothing at all', () => []],
  ])('refuse an export with %s, and keep nothing of it', async (_, spoil) => {
    const lines = spoil(await linesOf(await filled()));
    const copy = await open();
    const error = await refusal(copy.importJsonLines(lines));
    expect(error.code).toBe('MALFORMED_RECORD');
    expect(error.remedy).toMatch(/Nothing was imported/);
    expect(await linesOf(copy)).toHaveLength(2);
  });

  it('refuse a store that is not empty', async () => {
    const lines = await linesOf(await filled());
    const store = await open();
    await store.commit([revokeAgent('agent-alice')]);
    expect((await refusal(store.importJsonLines(lines))).code).toBe('STORE_CONFLICT');
  });
});

describe('archive', () => {
  it('takes what ended out of the ledger, and leaves what others depend on, what is in force, or too young', async () => {
    const store = await open();
    await store.commit([
      addDelegation('del-ended', { runId: 'run-1' }),
      addDelegation('del-half', { runId: 'run-2', status: 'closed' }),
      addDelegation('del-open', { runId: 'run-2' }),
      addDelegation('del-outside', { status: 'revoked' }),
      addDelegation('del-parent', { status: 'closed' }),
      addDelegation('del-child', { parentDelegationId: 'del-parent' }),
      addDelegation('del-root', { status: 'closed' }),
      addDelegation('del-leaf', { status: 'closed', parentDelegationId: 'del-root' }),
      { op: 'append_anchor', entry: entryAfter('run-1', undefined, 'aud-1') },
    ]);
    await store.commit([{ op: 'close_delegations', runId: 'run-1' }]);
    expect(await store.archive({ minimumAge: 60_000 })).toEqual({ archived: 0 });
    expect(await store.archive({ minimumAge: 0 })).toEqual({ archived: 4 });
    const left = await store.findDelegations({ delegatorId: 'agent-alice' });
    expect(left.map((entry) => entry.delegationId)).toEqual([
      'del-half',
      'del-open',
      'del-parent',
      'del-child',
    ]);
    expect(await store.readTrail('run-1')).toHaveLength(1);
    // Or an ended delegation could be put in force again with a copy of its record.
    expect((await refusal(store.commit([addDelegation('del-ended')]))).code).toBe('STORE_CONFLICT');
  });

  it('refuses an option that is not of its form', async () => {
    const store = await open();
    for (const options of [{ minimumAge: -1 }, { minimumAge: '1' }, { batchSize: 1 }] as never[])
      expect((await refusal(store.archive(options))).code).toBe('INVALID_ARGUMENT');
  });
});

describe('doctor', () => {
  it('finds nothing in a store that is as it should be, but an intent that a crash left', async () => {
    const schema = server.schema();
    const store = await filled(schema);
    await server.sql(`DELETE FROM "${schema}".delegations WHERE delegation_id = 'del-run'`);
    const report = await store.doctor();
    expect(report.findings.map(({ code, subject }) => [code, subject])).toEqual([
      ['INTENT_ORPHANED', 'run-1/1'],
    ]);
    expect(report.examined).toEqual({
      ...{ authorities: 1, chains: 2, delegations: 1 },
      ...{ trails: 1, anchors: 3, intents: 1 },
    });
  });

  it('finds an accepted delegation whose row was set back to an offer', async () => {
    const schema = server.schema();
    const store = await open(schema);
    const { trust, agents } = await trustWorld({ store, agents: { alice: {}, bob: {} }, clock: Date });
    const { id } = await trust.delegate({
      ...{ delegatorId: agents.alice.id, delegateeId: agents.bob.id, taskId: 't', capabilities: ['execute'] },
      lasting: true,
    });
    await trust.acceptDelegation({ delegationId: id, agentId: agents.bob.id });
    expect((await store.doctor()).findings).toEqual([]);
    await server.sql(`UPDATE "${schema}".delegations SET status = 'offered' WHERE delegation_id = $1`, [id]);
    expect((await store.doctor()).findings).toMatchObject([{ code: 'DELEGATION_REVIVED', subject: id }]);
  });
});
