import { randomUUID } from 'node:crypto';
import type { DoctorOptions, StoreFindingCode } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { trustWorld } from '@kaizen-eatp/testing';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openIntent } from '../../core/test/trust/open-intent.js';
import { openStore, temporaryPath } from './support/places.js';
import { intent, putChain } from './support/records.js';

/** A store with two agents, a run of theirs, and something outside runs. */
async function used() {
  const path = temporaryPath();
  const store = await openStore(path);
  const { runtime, trust, agents } = await trustWorld({ store, agents: { alice: {}, bob: {} }, clock: Date });
  const { runId } = await runtime([sequential]).execute('x', { pattern: 'sequential' });
  for (let i = 0; i < 3; i++)
    await trust.audit({ agentId: agents.alice.id, action: 'work', result: 'success' });
  const tamper = (...statements: string[]): void => {
    const db = new Database(path);
    for (const statement of statements) db.exec(statement);
    db.close();
  };
  const codes = async (options: DoctorOptions = {}): Promise<StoreFindingCode[]> =>
    (await store.doctor(options)).findings.map(({ code }) => code);
  return { store, trust, agents, runId, tamper, codes };
}

it('finds nothing in a store that was only used', async () => {
  const { store } = await used();
  const report = await store.doctor();
  expect(report).toMatchObject({ healthy: true, findings: [], examined: { trails: 2 } });
  expect(report.examined.chains).toBe(2);
  expect(report.examined.anchors).toBeGreaterThan(5);
});

it('finds nothing in a store whose records were signed by one key after the other', async () => {
  const { store, trust, agents } = await used();
  for (let i = 0; i < 2; i++) {
    await trust.rotateKey({ authorityId: 'org-acme' });
    await trust.audit({ agentId: agents.alice.id, action: 'work', result: 'success' });
  }
  expect((await store.doctor()).findings).toEqual([]);
});

it('finds a gap, a changed entry and an entry that does not follow', async () => {
  const { runId, tamper, codes } = await used();
  tamper("DELETE FROM eatp_trail WHERE trail_id = 'outside-runs' AND sequence = 2");
  expect(await codes({ signatures: false })).toEqual(['TRAIL_GAP']);
  tamper(
    `UPDATE eatp_trail SET text = replace(text, 'success', 'failure') WHERE trail_id = '${runId}' AND sequence = 2`,
  );
  expect(await codes({ signatures: false })).toEqual(['TRAIL_GAP', 'TRAIL_LINK_BROKEN']);
  expect(await codes()).toContain('TRAIL_SIGNATURE');
  tamper(`UPDATE eatp_trail SET previous_hash = 'x' WHERE trail_id = '${runId}' AND sequence = 1`);
  expect((await codes({ signatures: false })).sort()).toEqual([
    'TRAIL_GAP',
    'TRAIL_LINK_BROKEN',
    'TRAIL_LINK_BROKEN',
    'TRAIL_LINK_BROKEN',
  ]);
});

it('finds a fork, in a file whose unique key was removed', async () => {
  const { store, runId, tamper } = await used();
  tamper(
    'CREATE TABLE forked AS SELECT * FROM eatp_trail',
    'DROP TABLE eatp_trail',
    'ALTER TABLE forked RENAME TO eatp_trail',
    `INSERT INTO eatp_trail SELECT 999, trail_id, sequence, previous_hash, hash, anchor_id, agent_id, text
     FROM eatp_trail WHERE trail_id = '${runId}' AND sequence = 2`,
  );
  const { findings } = await store.doctor({ signatures: false });
  expect(findings).toMatchObject([{ code: 'TRAIL_FORK', subject: runId, reason: 'there are two entries 2' }]);
});

it('finds chains that cannot be read, are out of place, or were not signed like this', async () => {
  const { store, tamper, codes } = await used();
  await store.commit([putChain('agent-mallory', null, '{"genesis": 7}')]);
  expect(await codes()).toEqual(['CHAIN_UNREADABLE']);
  tamper("UPDATE trust_chains SET agent_id = 'agent-eve' WHERE agent_id = 'agent-bob'");
  expect(await codes({ signatures: false })).toEqual(['CHAIN_MISPLACED', 'CHAIN_UNREADABLE']);
  tamper(
    `UPDATE trust_chains SET chain_data = replace(chain_data, '"work"', '"root"') WHERE agent_id = 'agent-alice'`,
  );
  const { findings } = await store.doctor();
  expect(findings).toContainEqual(
    expect.objectContaining({ code: 'CHAIN_SIGNATURE', subject: 'agent-alice' }),
  );
});

it('finds authorities and delegations that are not what their ids say', async () => {
  const { tamper, codes } = await used();
  tamper("UPDATE eatp_delegations SET text = '[]'");
  expect(await codes({ signatures: false })).toEqual(['DELEGATION_UNREADABLE']);
  tamper("UPDATE eatp_authorities SET authority_id = 'org-mallory'");
  expect((await codes({ signatures: false })).sort()).toEqual([
    'AUTHORITY_MISPLACED',
    'DELEGATION_UNREADABLE',
  ]);
  expect(await codes()).toContain('CHAIN_SIGNATURE');
});

it('finds intents that a crash left open, until they are recovered', async () => {
  const { store, trust, agents, codes } = await used();
  const agentId = agents.alice.id;
  const authorityId = (await trust.getChain(agentId))?.genesis.authorityId as string;
  await openIntent(trust, 'run-9/1', { trailId: 'run-9', agentId, authorityId });
  const owner = randomUUID();
  const leave = await store.announceOwner(owner);
  await store.commit([intent('run-9/2', { owner, agentId: agents.alice.id })]);
  const { findings } = await store.doctor();
  expect(findings).toMatchObject([{ code: 'INTENT_ORPHANED', subject: 'run-9/1' }]);
  expect(await trust.recover()).toEqual(['run-9/1']);
  expect(await codes()).toEqual([]);
  await leave();
  expect(await codes()).toEqual(['INTENT_ORPHANED']);
});

it('finds an accepted delegation whose row was set back to an offer', async () => {
  const { store, trust, agents, tamper, codes } = await used();
  const { id } = await trust.delegate({
    ...{ delegatorId: agents.alice.id, delegateeId: agents.bob.id, taskId: 't', capabilities: ['execute'] },
    lasting: true,
  });
  expect(await codes()).toEqual([]);
  await trust.acceptDelegation({ delegationId: id, agentId: agents.bob.id });
  expect(await codes()).toEqual([]);
  tamper(`UPDATE eatp_delegations SET status = 'offered' WHERE delegation_id = '${id}'`);
  expect((await store.doctor()).findings).toMatchObject([{ code: 'DELEGATION_REVIVED', subject: id }]);
});
