import { TrustedAgent } from '@kaizen-eatp/core';
import type { ReadRequest, ReadResult } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, failure, human, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read', 'write']);
  await world.establish(BOB, ['read']);
});

const codeFor = async (agentId: string, trust = world.trust) =>
  (await trust.verify({ agentId, action: 'read' })).denial?.code;
const establishAgain = () =>
  world.trust.establish({ agentId: BOB, authorityId: 'org-acme', capabilities: ['read'] });
const revoke = () => world.trust.revoke({ agentId: BOB, reason: 'stole' });

/** Writes a chain's row as a writer to the store can. */
async function putBack(text: string): Promise<void> {
  const [row] = await world.store.readChains([BOB]);
  await world.store.commit([
    {
      ...{ op: 'put_chain', agentId: BOB, text, authorityId: 'org-acme', expiresAt: null },
      ifVersion: row?.active ? row.version : null,
    },
  ]);
}

describe('a revoked agent', () => {
  it('is not established again', async () => {
    await revoke();
    const refused = { code: 'AGENT_REVOKED', evidence: { agentId: BOB, reason: 'stole' } };
    expect(await failure(establishAgain())).toMatchObject(refused);
    const agent = new TrustedAgent({ name: 'bob', agent: () => 1, trust: world.elsewhere() });
    const enrolled = agent.establishTrust({ authorityId: 'org-acme', capabilities: ['read'] });
    expect(await failure(enrolled)).toMatchObject(refused);
    expect(await codeFor(BOB)).toBe('REVOKED');
  });

  it('does not come back with its old chain: imported, or as a row of the store', async () => {
    const text = await world.trust.exportChain(BOB);
    await revoke();
    expect(await failure(world.trust.importChain(text))).toMatchObject({ code: 'CHAIN_INVALID' });
    await putBack(text);
    expect(await codeFor(BOB)).toBe('REVOKED');
    expect(await codeFor(BOB, world.elsewhere())).toBe('REVOKED');
    expect(await world.elsewhere().getChain(BOB)).toBeUndefined();
  });

  it('comes back by a signed reinstatement only, and with a new chain', async () => {
    const old = await world.trust.exportChain(BOB);
    await revoke();
    await world.trust.reinstate({ agentId: BOB, reason: 'it was somebody else' });
    expect(await codeFor(BOB)).toBe('NO_CHAIN');
    await establishAgain();
    expect(await codeFor(BOB)).toBeUndefined();
    await putBack(old);
    expect(await codeFor(BOB)).toBe('REVOKED');
    const anchors = await world.store.readTrail('outside-runs');
    expect(JSON.parse(anchors.at(-1)?.text as string)).toMatchObject({
      action: 'reinstate_agent',
      context: { reason: 'it was somebody else' },
    });
  });

  it('comes back where its row was made active again before', async () => {
    const old = await world.trust.exportChain(BOB);
    await revoke();
    await putBack(old);
    await world.trust.reinstate({ agentId: BOB, reason: 'it was somebody else' });
    await establishAgain();
    expect(await codeFor(BOB)).toBeUndefined();
  });

  it('stays revoked if only its rows say otherwise', async () => {
    await revoke();
    await world.store.commit([
      { op: 'revoke', revocation: { kind: 'agent', subjectId: ALICE, reason: 'a row', at: 'now' } },
    ]);
    expect(await codeFor(ALICE)).toBeUndefined();
    expect(await codeFor(BOB)).toBe('REVOKED');
  });

  it('can be revoked again after it was reinstated', async () => {
    await revoke();
    await world.trust.reinstate({ agentId: BOB, reason: 'sorry' });
    await establishAgain();
    await revoke();
    expect(await codeFor(BOB)).toBe('REVOKED');
    expect(await failure(establishAgain())).toMatchObject({ code: 'AGENT_REVOKED' });
  });

  it('is reinstated only if it was revoked', async () => {
    const reinstating = world.trust.reinstate({ agentId: BOB, reason: 'x' });
    expect(await failure(reinstating)).toMatchObject({ code: 'AGENT_ALREADY_ESTABLISHED' });
    expect(await failure(world.trust.reinstate({ agentId: 'agent-x', reason: 'x' }))).toMatchObject({
      code: 'CHAIN_NOT_FOUND',
    });
  });

  it('that the reference ended with a soft delete is treated alike', async () => {
    await world.store.commit([{ op: 'deactivate_chain', agentId: BOB, at: '2026-01-05T12:00:00+00:00' }]);
    expect(await codeFor(BOB)).toBe('REVOKED');
    expect(await failure(establishAgain())).toMatchObject({ code: 'AGENT_REVOKED' });
    await world.trust.reinstate({ agentId: BOB, reason: 'by mistake' });
    await establishAgain();
    expect(await codeFor(BOB)).toBeUndefined();
  });
});

describe('a superseded chain', () => {
  it('does not come back', async () => {
    const old = await world.trust.exportChain(BOB);
    await world.trust.reattest({ agentId: BOB, capabilities: ['read'], constraints: ['read_only'] });
    await putBack(old);
    expect(await codeFor(BOB)).toBe('REVOKED');
    expect(await codeFor(BOB, world.elsewhere())).toBe('REVOKED');
    expect(await failure(world.trust.importChain(old, { overwrite: true }))).toMatchObject({
      code: 'CHAIN_INVALID',
    });
  });

  it('does not come back written in another way', async () => {
    const old = JSON.parse(await world.trust.exportChain(BOB));
    await world.trust.reattest({ agentId: BOB, capabilities: ['read'], constraints: ['read_only'] });
    await putBack(JSON.stringify({ note: 'x', ...old }, null, 1));
    expect(await codeFor(BOB)).toBe('REVOKED');
  });
});

describe('a revoked delegation', () => {
  const delegate = (more: object = {}) =>
    world.trust.delegate({
      ...{ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['write'], ...more },
    });
  /** Judges by a store whose ledger says of every delegation that it is in force. */
  async function codeUnder(delegationId: string): Promise<string | undefined> {
    const store = new Proxy(world.store, {
      get: (target, name) => {
        if (name === 'read') return async (request: ReadRequest) => inForce(await target.read(request));
        const member = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const trust = world.elsewhere({ store });
    return (await trust.verify({ agentId: BOB, action: 'write', delegationId })).denial?.code;
  }
  const inForce = (found: ReadResult): ReadResult => ({
    ...found,
    delegationPaths: found.delegationPaths.map((path) =>
      path.map((entry) => ({ ...entry, status: 'in_force' })),
    ),
  });

  it('stays revoked if its status is changed back', async () => {
    const { id } = await delegate();
    expect(await codeUnder(id)).toBeUndefined();
    await world.trust.revoke({ delegationId: id, reason: 'enough' });
    expect(await codeUnder(id)).toBe('DELEGATION_NOT_IN_FORCE');
  });

  it('stays revoked with its person', async () => {
    const { id } = await delegate({ humanOrigin: human('dave') });
    expect(await codeUnder(id)).toBeUndefined();
    await world.trust.revoke({ humanId: 'dave', reason: 'left' });
    expect(await codeUnder(id)).toBe('REVOKED');
  });
});

it('keeps the first reason when an agent is revoked again, and records it once', async () => {
  const world = await World.create();
  await world.establish(ALICE, ['read']);
  expect(await world.trust.revoke({ agentId: ALICE, reason: 'left' })).toMatchObject({ agents: [ALICE] });
  const statements = (await world.store.readStatements()).length;
  expect(await world.trust.revoke({ agentId: ALICE, reason: 'again' })).toEqual({
    agents: [],
    delegations: [],
  });
  expect((await world.store.readStatements()).length).toBe(statements);
  const revoked = (await world.store.readStatements()).filter(({ text }) => text.includes('"agent_revoked"'));
  expect(revoked.map(({ text }) => JSON.parse(text).body?.reason ?? text)).toEqual([
    expect.stringContaining('left'),
  ]);
});
