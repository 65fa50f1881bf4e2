import {
  type DelegateRequest,
  type DelegationRecord,
  InMemoryKeyManager,
  TrustedAgent,
} from '@kaizen-eatp/core';
import type { LedgerEntry, StoreWrite } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, accepted, BOB, CAROL, failure, human, MALLORY, minutes, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read', 'write'], ['eu']);
  await world.establish(BOB, ['bake']);
});

const offer = (more: Partial<DelegateRequest> = {}): Promise<DelegationRecord> =>
  world.trust.delegate({
    delegatorId: ALICE,
    delegateeId: BOB,
    taskId: 't',
    capabilities: ['write'],
    additionalConstraints: ['read_only'],
    lasting: true,
    ...more,
  });
const accept = ({ id }: { id: string }, agentId = BOB, trust = world.trust) =>
  trust.acceptDelegation({ delegationId: id, agentId });
const statusOf = async ({ id }: { id: string }): Promise<string | undefined> =>
  (await world.store.readDelegationPath(id))[0]?.status;
const offersTo = async (delegateeId: string) =>
  (await world.trust.listOffers({ delegateeId })).map(({ id }) => id);
const refused = (code: string) => ({
  code: 'DELEGATION_NOT_ACCEPTABLE',
  evidence: { denial: { code } },
});
const may = async (agentId: string, action: string, more: object = {}) =>
  (await world.trust.verify({ agentId, action, ...more })).valid;

describe('a lasting delegation that was not accepted', () => {
  it.each([
    ['for nobody', {}],
    ['for a person', { humanOrigin: human('dave') }],
  ])('changes no chain, limits nobody and gives no right, %s', async (_for, more) => {
    const before = [await world.stored(BOB), (await world.store.readStatements()).length];
    const { id } = await offer(more);
    expect([await world.stored(BOB), (await world.store.readStatements()).length]).toEqual(before);
    expect(await world.trust.verify({ agentId: BOB, action: 'bake' })).toMatchObject({
      valid: true,
      effectiveConstraints: [],
    });
    expect(await may(BOB, 'write')).toBe(false);
    const underIt = await world.trust.verify({ agentId: BOB, action: 'write', delegationId: id });
    expect(underIt.denial).toMatchObject({
      code: 'DELEGATION_NOT_IN_FORCE',
      reason: `delegation ${id} is offered`,
    });
    const bob = new TrustedAgent({ name: 'bob', trust: world.trust, agent: () => 'done' });
    await expect(bob.run('x', { action: 'write', delegation: id })).rejects.toMatchObject({
      code: 'VERIFICATION_DENIED',
    });
  });

  it('is not exported as a right, and gives an agent without a chain none', async () => {
    const chain = await world.trust.exportChain(BOB);
    await offer();
    expect(await world.trust.exportChain(BOB, { taskId: 't' })).toBe(chain);
    await offer({ delegateeId: MALLORY });
    expect(await world.trust.getChain(MALLORY)).toBeUndefined();
    expect(await may(MALLORY, 'write')).toBe(false);
  });

  it('does not end with its task, and cannot be delegated on', async () => {
    const made = await offer();
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    expect(await statusOf(made)).toBe('offered');
    const further = { delegatorId: BOB, delegateeId: MALLORY, taskId: 't', capabilities: ['write'] };
    expect(await failure(world.trust.delegate({ ...further, lasting: true }))).toMatchObject({
      code: 'CAPABILITY_NOT_HELD',
    });
    await world.establish(MALLORY, []);
    expect(await failure(world.trust.delegate({ ...further, parentDelegationId: made.id }))).toMatchObject({
      code: 'DELEGATION_REFUSED',
    });
  });

  it('is listed for both agents while it can be accepted, the oldest first', async () => {
    const first = await offer();
    const second = await offer({ delegateeId: MALLORY });
    const short = await offer({ expiresAt: minutes(1) });
    const ids = (filter: Parameters<typeof world.trust.listOffers>[0]) =>
      world.trust.listOffers(filter).then((offers) => offers.map(({ id }) => id));
    expect(await ids({ delegatorId: ALICE })).toEqual([first.id, second.id, short.id]);
    expect(await ids({ delegateeId: BOB })).toEqual([first.id, short.id]);
    expect(await ids({ delegatorId: ALICE, delegateeId: MALLORY })).toEqual([second.id]);
    expect(await ids({ delegatorId: BOB })).toEqual([]);
    expect((await world.trust.listOffers({ delegateeId: MALLORY }))[0]).toEqual(second);
    world.later(2);
    expect(await ids({ delegateeId: BOB })).toEqual([first.id]);
    expect(await failure(world.trust.listOffers({} as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('accepting a lasting delegation', () => {
  it('writes it into the chain and ends the offer in one commit, with a signed statement', async () => {
    const made = await offer();
    const commits: StoreWrite['op'][][] = [];
    const commit = world.store.commit.bind(world.store);
    world.store.commit = (writes) => {
      commits.push(writes.map(({ op }) => op));
      return commit(writes);
    };
    const chain = await accept(made);
    expect(commits).toEqual([['accept_delegation', 'put_chain', 'append_statement', 'append_statement']]);
    expect(chain).toEqual(await world.trust.getChain(BOB));
    expect(chain.delegations).toEqual([made]);
    expect(await statusOf(made)).toBe('accepted');
    expect(await offersTo(BOB)).toEqual([]);
    const statements = (await world.store.readStatements()).map(({ text }) => JSON.parse(text));
    expect(statements.at(-2)).toMatchObject({
      kind: 'delegation_accepted',
      body: { delegation_id: made.id, agent_id: BOB },
      authority_id: 'org-acme',
    });
    expect(await may(BOB, 'write', { level: 'full' })).toBe(false);
    expect(await world.trust.verify({ agentId: BOB, action: 'write' })).toMatchObject({
      denial: { code: 'CONSTRAINT_VIOLATED' },
    });
    expect(await world.trust.exportChain(BOB, { taskId: 't' })).toBe(await world.trust.exportChain(BOB));
  });

  it('is refused a second time, also where the row is put back', async () => {
    const made = await offer();
    const [entry] = await world.store.readDelegationPath(made.id);
    await accept(made);
    expect(await failure(accept(made))).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
    const copy = await storeWith({ ...(entry as LedgerEntry) });
    expect(await failure(accept(made, BOB, copy))).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
  });

  it('succeeds once where many try at the same time', async () => {
    const made = await offer();
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) => accept(made, BOB, i % 2 ? world.trust : world.elsewhere())),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of tries)
      if (each.status === 'rejected') expect(each.reason).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
    expect((await world.trust.getChain(BOB))?.delegations).toEqual([made]);
  });

  it('is refused to another agent, and for an id that nobody offered', async () => {
    const made = await offer();
    await world.establish(CAROL, []);
    expect(await failure(accept(made, CAROL))).toMatchObject(refused('DELEGATION_MISMATCH'));
    expect(await failure(accept({ id: 'del-x' }))).toMatchObject({ code: 'DELEGATION_NOT_FOUND' });
    expect(await statusOf(made)).toBe('offered');
  });

  const ENDS: Record<string, (made: DelegationRecord) => unknown> = {
    DELEGATION_EXPIRED: () => world.later(6),
    DELEGATION_NOT_IN_FORCE: ({ id }) => world.trust.revoke({ delegationId: id, reason: 'withdrawn' }),
    REVOKED: () => world.trust.revoke({ humanId: 'dave', reason: 'left' }),
    DELEGATOR_NOT_TRUSTED: () =>
      world.store.commit([{ op: 'deactivate_chain', agentId: ALICE, at: '2026-01-05T12:00:00+00:00' }]),
    DELEGATION_WIDENED: () =>
      world.trust.reattest({ agentId: ALICE, capabilities: ['read', 'write'], constraints: ['eu', 'slow'] }),
    DELEGATION_SIGNATURE_INVALID: async () => undefined,
  };
  it.each(Object.keys(ENDS))('is refused with %s', async (code) => {
    const made = await offer({ expiresAt: minutes(5), humanOrigin: human('dave') });
    let trust = world.trust;
    if (code === 'DELEGATION_SIGNATURE_INVALID') {
      const [entry] = await world.store.readDelegationPath(made.id);
      const { text } = entry as LedgerEntry;
      trust = await storeWith({ ...(entry as LedgerEntry), text: text.replace('"write"', '"read"') });
    } else await ENDS[code]?.(made);
    const chain = await world.stored(BOB);
    const expected = code === 'REVOKED' ? /^(REVOKED|DELEGATION_NOT_IN_FORCE)$/ : code;
    const error = (await failure(accept(made, BOB, trust))) as Error & { evidence: { denial: object } };
    expect(error).toMatchObject({ code: 'DELEGATION_NOT_ACCEPTABLE' });
    expect(error.evidence.denial).toMatchObject({
      code: typeof expected === 'string' ? expected : expect.stringMatching(expected),
    });
    expect(await world.stored(BOB)).toEqual(chain);
  });

  it('is refused where the capability of the delegator ends before the delegation would', async () => {
    const made = await offer({ expiresAt: minutes(60) });
    const write = { capability: 'write', constraints: ['eu'], expiresAt: '2026-01-05T12:10:00+00:00' };
    await world.overwrite(ALICE, world.forgeChain(ALICE, { capabilities: [write] }));
    expect(await failure(accept(made))).toMatchObject(refused('DELEGATION_WIDENED'));
    expect(await offersTo(BOB)).toEqual([]);
    await accept(await offer());
  });

  it('is refused where what the delegator was given itself has ended', async () => {
    const given = await accepted(world.trust, {
      ...{ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['write'], lasting: true },
    });
    const further = await offer({ delegatorId: BOB, delegateeId: MALLORY, additionalConstraints: [] });
    await world.trust.revoke({ delegationId: given.id, reason: 'enough' });
    expect(await failure(accept(further, MALLORY))).toMatchObject(refused('DELEGATION_WIDENED'));
    expect(await world.trust.getChain(MALLORY)).toBeUndefined();
  });

  it('is refused where the chain demands what the delegation lacks, and would give no right with it', async () => {
    const made = await offer();
    const constraint = {
      ...{ id: 'con-1', value: 'always', source: 'x' },
      constraintType: 'reasoning_required',
    };
    const envelope = { id: 'env-1', agentId: BOB, activeConstraints: [constraint] };
    await world.overwrite(BOB, world.forgeChain(BOB, { capabilities: [{}], envelope: envelope as never }));
    expect(await failure(accept(made))).toMatchObject(refused('REASONING_MISSING'));
    expect(await may(BOB, 'read')).toBe(true);
  });

  it('is refused to a revoked agent, and stays so when the agent is reinstated', async () => {
    const made = await offer();
    await world.trust.revoke({ agentId: BOB, reason: 'stole' });
    expect(await statusOf(made)).toBe('revoked');
    expect(await failure(accept(made))).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
    await world.trust.reinstate({ agentId: BOB, reason: 'it was a mistake' });
    expect(await failure(accept(made))).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
    const again = await offer({ additionalConstraints: [] });
    expect((await accept(again)).genesis.metadata).toMatchObject({ delegation_id: again.id });
    expect(await may(BOB, 'write')).toBe(true);
  });

  it('ends with the delegator, and gives back what it gave when it is revoked', async () => {
    const [open, taken] = [await offer(), await offer({ additionalConstraints: [], capabilities: ['read'] })];
    await accept(taken);
    expect(await may(BOB, 'read')).toBe(true);
    const report = await world.trust.revoke({ agentId: ALICE, reason: 'left' });
    expect([...report.delegations].sort()).toEqual([open.id, taken.id].sort());
    expect(await may(BOB, 'read')).toBe(false);
    expect(await statusOf(open)).toBe('revoked');
  });

  it('needs the keys of both authorities, and changes nothing without them', async () => {
    const made = await offer();
    const keyless = world.elsewhere({ keyManager: new InMemoryKeyManager(), roots: world.roots });
    const before = await world.stored(BOB);
    expect(await failure(accept(made, BOB, keyless))).toMatchObject({ code: 'KEY_NOT_FOUND' });
    expect(await world.stored(BOB)).toEqual(before);
    expect(await statusOf(made)).toBe('offered');
  });
});

describe('an offer whose row was changed', () => {
  it.each([
    ['for nobody', {}],
    ['for a person', { humanOrigin: human('dave') }],
  ])('is no delegation for a task, %s', async (_for, more) => {
    const { id } = await offer({ ...more, additionalConstraints: [] });
    const [entry] = await world.store.readDelegationPath(id);
    const trust = await storeWith({ ...(entry as LedgerEntry), status: 'in_force' });
    for (const level of ['standard', 'full'] as const) {
      const { valid, denial } = await trust.verify({
        agentId: BOB,
        action: 'write',
        delegationId: id,
        level,
      });
      expect([valid, denial?.code]).toEqual([false, 'DELEGATION_MISMATCH']);
    }
  });

  it.each([
    ['for nobody', {}],
    ['for a person', { humanOrigin: human('dave') }],
  ])('and a delegation for a task is no offer, %s', async (_for, more) => {
    const { id } = await offer({ ...more, additionalConstraints: [], lasting: false });
    const [entry] = await world.store.readDelegationPath(id);
    for (const edits of [{}, { nonce: 'lasting:x' }, { person: null }, { person: 'person-x' }]) {
      const trust = await storeWith({ ...(entry as LedgerEntry), ...edits, status: 'offered' });
      expect(await failure(accept({ id }, BOB, trust))).toMatchObject(refused('DELEGATION_MISMATCH'));
      expect(await trust.listOffers({ delegateeId: BOB })).toEqual([]);
    }
  });
});

describe('declining a lasting delegation', () => {
  const decline = ({ id }: { id: string }, agentId = BOB) =>
    world.trust.declineDelegation({ delegationId: id, agentId, reason: 'not my job' });

  it('ends the offer for good, and records who declined it and why', async () => {
    const made = await offer();
    await decline(made);
    expect(await statusOf(made)).toBe('revoked');
    expect(await failure(accept(made))).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
    expect(await world.store.readRevocations('delegation', [made.id])).toMatchObject([
      { reason: `agent ${BOB} declined it: not my job` },
    ]);
    const last = await world.store.trailHead('outside-runs');
    expect(JSON.parse(last?.text ?? '')).toMatchObject({
      agent_id: BOB,
      action: 'decline_delegation',
      resource: made.id,
    });
  });

  it('is recorded by the delegator for an agent without a chain', async () => {
    const made = await offer({ delegateeId: MALLORY });
    await decline(made, MALLORY);
    expect((await world.store.trailHead('outside-runs'))?.agentId).toBe(ALICE);
    expect(await offersTo(MALLORY)).toEqual([]);
  });

  it('is refused to another agent, and for what is not offered', async () => {
    const made = await offer();
    expect(await failure(decline(made, MALLORY))).toMatchObject(refused('DELEGATION_MISMATCH'));
    await accept(made);
    expect(await failure(decline(made))).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
    expect((await world.trust.getChain(BOB))?.delegations).toEqual([made]);
    const forTask = await offer({ lasting: false });
    expect(await failure(decline(forTask))).toMatchObject(refused('DELEGATION_NOT_IN_FORCE'));
  });
});

it('an agent accepts with receiveDelegation what another offers it with delegateTo, once and again', async () => {
  const [alice, bob] = ['alice', 'bob'].map(
    (name) => new TrustedAgent({ name, trust: world.trust, agent: () => 'done' }),
  ) as [TrustedAgent, TrustedAgent];
  const record = await alice.delegateTo(bob, { capabilities: ['write'], lasting: true });
  await expect(bob.run('x', { action: 'write' })).rejects.toMatchObject({ code: 'VERIFICATION_DENIED' });
  const forged = { ...record, capabilitiesDelegated: ['read'] };
  expect(await failure(bob.receiveDelegation(forged))).toMatchObject({ code: 'DELEGATION_FORGED' });
  expect(await statusOf(record)).toBe('offered');
  await bob.receiveDelegation(record);
  await bob.receiveDelegation(record);
  expect(await bob.run('x', { action: 'write' })).toBe('done');
});

/** Operations over a copy of the store in which the ledger has only this entry, as a writer to the store can put it. */
async function storeWith(entry: LedgerEntry) {
  const other = new World({ keyManager: world.keys });
  const statements = await world.store.readStatements();
  const chains = await world.store.listChains();
  const [authority] = await world.store.readAuthorities(['org-acme']);
  await other.store.commit([
    { op: 'put_authority', authorityId: 'org-acme', text: authority?.text ?? '', ifVersion: null },
    ...chains.map(
      ({ agentId, text }): StoreWrite => ({
        ...{ op: 'put_chain', agentId, text, authorityId: 'org-acme', expiresAt: null, ifVersion: null },
      }),
    ),
    ...statements.map((each): StoreWrite => ({ op: 'append_statement', entry: each })),
    { op: 'add_delegation', entry },
  ]);
  return other.trust;
}
