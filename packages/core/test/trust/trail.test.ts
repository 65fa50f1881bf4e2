import { randomUUID } from 'node:crypto';
import {
  type AuditRequest,
  MemoryTrustStore,
  SHARED_TRAIL,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { linkHash, TRAIL_START, type TrailEntry } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { endProcess, openIntent } from './open-intent.js';
import { ALICE, BOB, failure, human, minutes, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(BOB, ['read']);
});

const audit = (more: Partial<AuditRequest> = {}) =>
  world.trust.audit({ agentId: BOB, action: 'read', result: 'success', ...more });
const trail = () => world.store.readTrail(SHARED_TRAIL);

/** Another store with the same chains and authorities, and these entries as its trail. */
async function withTrail(entries: readonly TrailEntry[], trailId = SHARED_TRAIL): Promise<TrustOperations> {
  const store = new MemoryTrustStore();
  const copy = new Proxy(store, {
    get(target, name) {
      if (name === 'readTrail')
        return async (id: string, page: { afterSequence?: number } = {}) =>
          id === trailId && !page.afterSequence ? entries : [];
      if (name === 'readChains') return world.store.readChains.bind(world.store);
      if (name === 'read') return world.store.read.bind(world.store);
      if (name === 'readStatements') return world.store.readStatements.bind(world.store);
      return Reflect.get(target, name);
    },
  });
  return new TrustOperations({ store: copy, clock: world.clock, roots: world.roots });
}
const problemsOf = async (entries: readonly TrailEntry[], trailId?: string) =>
  (await (await withTrail(entries, trailId)).verifyTrail(trailId)).problems.map(
    (p) => `${p.sequence} ${p.code}`,
  );
const relink = (entries: readonly TrailEntry[]): TrailEntry[] => {
  let previousHash = TRAIL_START;
  return entries.map((entry, i) => {
    const linked = { ...entry, sequence: i + 1, previousHash, hash: linkHash(previousHash, entry.text) };
    previousHash = linked.hash;
    return linked;
  });
};

describe('audit', () => {
  it('stores a signed anchor with the facts of the request and the state of the chain', async () => {
    const anchor = await audit({
      resource: 'r',
      context: { n: 1, at: minutes(0) },
      humanOrigin: human('dave'),
      parentAnchorId: 'aud-0',
    });
    expect(anchor).toMatchObject({
      agentId: BOB,
      action: 'read',
      resource: 'r',
      result: 'success',
      timestamp: '2026-01-05T12:00:00+00:00',
      parentAnchorId: 'aud-0',
      trustChainHash: (await world.trust.getChain(BOB))?.trustChainHash(),
      context: {
        n: 1,
        at: '2026-01-05T12:00:00+00:00',
        person: {
          pseudonym: await world.pseudonymOf('dave'),
          digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      },
    });
    const [entry] = await trail();
    expect(entry).toMatchObject({ anchorId: anchor.id, agentId: BOB, sequence: 1 });
    expect(await world.trust.verifyTrail()).toEqual({
      state: 'open',
      valid: false,
      entries: 1,
      problems: [],
    });
  });

  it.each<[string, object, string]>([
    ['an agent without a chain', { agentId: ALICE }, 'CHAIN_NOT_FOUND'],
    ['a context that JSON cannot hold', { context: { f: () => 1 } }, 'UNSUPPORTED_VALUE'],
    ['an unknown result', { result: 'splendid' }, 'INVALID_ARGUMENT'],
    ['an action that is not a string', { action: 5 }, 'INVALID_ARGUMENT'],
    ['a resource that is not a string', { resource: { id: 1 } }, 'INVALID_ARGUMENT'],
    ['a human of whom a field is missing', { humanOrigin: { humanId: 'dave' } }, 'INVALID_ARGUMENT'],
    [
      'a human with a Date for a timestamp',
      { humanOrigin: { ...human('dave'), authenticatedAt: minutes(0) } },
      'INVALID_ARGUMENT',
    ],
  ])('refuses %s, so that no anchor is stored that cannot be read again', async (_what, wrong, code) => {
    const error = await audit(wrong as never).catch((e: unknown) => e);
    expect(await world.trust.verifyTrail()).toMatchObject({ state: 'missing' });
    expect(error).toMatchObject({ code });
    expect(await trail()).toEqual([]);
  });

  it('refuses a chain that was changed or is revoked', async () => {
    await world.tamper(BOB, (wire) => (wire.genesis.metadata.x = 1));
    expect(await failure(audit())).toMatchObject({ code: 'CHAIN_INVALID' });
    await world.trust.revoke({ agentId: BOB, reason: 'left' });
    expect(await failure(audit())).toMatchObject({ code: 'CHAIN_INVALID' });
  });

  it('keeps all of many at once, in one order', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        i % 2
          ? audit({ resource: `${i}` })
          : world.elsewhere().audit({ agentId: BOB, action: 'read', result: 'success' }),
      ),
    );
    expect(await world.trust.verifyTrail()).toEqual({
      state: 'open',
      valid: false,
      entries: 30,
      problems: [],
    });
  });
});

describe('verifyTrail', () => {
  let entries: TrailEntry[];
  beforeEach(async () => {
    for (const resource of ['a', 'b', 'c']) await audit({ resource });
    entries = await trail();
  });

  it('finds nothing wrong with a good trail, nor with an empty one', async () => {
    expect(await problemsOf(entries)).toEqual([]);
    expect(await world.trust.verifyTrail('run-x')).toEqual({
      state: 'missing',
      valid: false,
      entries: 0,
      problems: [],
    });
  });

  it('notices an entry that was taken out, put first, or doubled', async () => {
    const [one, two, three] = entries as [TrailEntry, TrailEntry, TrailEntry];
    expect(await problemsOf([one, three])).toEqual(['3 GAP', '3 LINK_BROKEN']);
    expect(await problemsOf([two, three])).toEqual(['2 GAP', '2 LINK_BROKEN']);
    expect(await problemsOf([one, one])).toEqual(['1 GAP', '1 LINK_BROKEN']);
  });

  it('notices a changed anchor, relinked or not', async () => {
    const changed = entries.map((e, i) =>
      i === 1 ? { ...e, text: e.text.replace('"resource":"b"', '"resource":"B"') } : e,
    );
    expect(await problemsOf(changed)).toEqual(['2 LINK_BROKEN', '2 SIGNATURE_INVALID']);
    expect(await problemsOf(relink(changed))).toEqual(['2 SIGNATURE_INVALID', '3 PLACE_MISMATCH']);
  });

  it('notices an entry that is not an anchor, and an unknown signer', async () => {
    const garbage = relink(entries.map((e, i) => (i === 0 ? { ...e, text: '{}' } : e)));
    expect(await problemsOf(garbage)).toEqual(['1 ANCHOR_MALFORMED', '2 PLACE_MISMATCH', '3 PLACE_MISMATCH']);
    const stranger = relink(
      entries.map((e, i) => (i === 2 ? { ...e, text: e.text.replace(BOB, 'agent-x') } : e)),
    );
    expect(await problemsOf(stranger)).toEqual(['3 SIGNER_UNKNOWN']);
  });

  it('notices an anchor in the trail of a run for which it was not signed', async () => {
    expect(await problemsOf(entries, 'run-1')).toEqual([
      '1 PLACE_MISMATCH',
      '2 PLACE_MISMATCH',
      '3 PLACE_MISMATCH',
    ]);
  });

  it('reads a trail of more than one page', async () => {
    await Promise.all(Array.from({ length: 1000 }, () => audit()));
    expect(await world.trust.verifyTrail()).toMatchObject({ state: 'open', entries: 1003 });
  });

  it('still finds the trail valid after the agent is established again by another authority', async () => {
    await world.trust.revoke({ agentId: BOB, reason: 'moved' });
    await world.trust.createEnterpriseAuthority({ name: 'Globex' });
    await world.trust.reinstate({ agentId: BOB, reason: 'moved' });
    await world.trust.establish({ agentId: BOB, authorityId: 'org-globex', capabilities: ['read'] });
    await audit();
    expect(await world.trust.verifyTrail()).toMatchObject({ state: 'open', problems: [] });
  });
});

describe('recover', () => {
  const open = (invocationId: string, more: object = {}) =>
    openIntent(world.trust, invocationId, { agentId: BOB, ...more });

  it('closes what a crash left open, as partial with outcome unknown', async () => {
    await open('run-1/1');
    await open('run-1/2', { action: 'write' });
    expect(await world.trust.recover()).toEqual(['run-1/1', 'run-1/2']);
    const anchors = (await world.store.readTrail('run-1')).map((e) => JSON.parse(e.text));
    expect(
      anchors.map((a) => [
        a.action,
        a.result,
        a.context.outcome,
        a.context.invocation_id,
        a.context.input_digest,
      ]),
    ).toEqual([
      ['read', 'partial', 'unknown', 'run-1/1', 'd'],
      ['write', 'partial', 'unknown', 'run-1/2', 'd'],
    ]);
    expect(await world.trust.verifyTrail('run-1')).toEqual({
      state: 'open',
      valid: false,
      entries: 2,
      problems: [],
    });
    expect(await world.store.openIntents()).toEqual([]);
    expect(await world.trust.recover()).toEqual([]);
  });

  it('closes what was open outside a run in the shared trail', async () => {
    await open('solo/1', { trailId: SHARED_TRAIL });
    expect(await world.trust.recover()).toEqual(['solo/1']);
    expect(await world.trust.verifyTrail()).toMatchObject({ state: 'open', entries: 1 });
  });

  it('records one outcome for each, however many processes recover at once', async () => {
    const ids = ['run-1/1', 'run-1/2', 'run-2/1', 'run-1/3'];
    for (const id of ids) await open(id, { trailId: id.slice(0, 5) });
    const solo = ['solo/1', 'solo/2'];
    for (const id of solo) await open(id, { trailId: SHARED_TRAIL, agentId: ALICE });
    const processes = Array.from({ length: 6 }, () => world.elsewhere());
    const closed = await Promise.all(processes.map((process) => process.recover()));
    expect(closed.flat().sort()).toEqual([...ids, ...solo].sort());
    const outcomes: string[] = [];
    for (const trailId of ['run-1', 'run-2', SHARED_TRAIL]) {
      expect(await world.trust.verifyTrail(trailId)).toMatchObject({ state: 'open' });
      for (const { text } of await world.store.readTrail(trailId))
        outcomes.push(JSON.parse(text).context.invocation_id);
    }
    expect(outcomes.sort()).toEqual([...ids, ...solo].sort());
    expect(await world.store.openIntents()).toEqual([]);
  });

  it('leaves to a process at work that comes late no second outcome, and no result', async () => {
    await world.trust.establish({ agentId: ALICE, authorityId: 'org-acme', capabilities: [] });
    const slow = new TrustedAgent({
      name: 'alice',
      trust: world.trust,
      agent: async () => {
        await endProcess(world.trust);
        expect(await world.elsewhere().recover()).toHaveLength(1);
      },
    });
    expect(await failure(slow.run(1))).toMatchObject({
      code: 'OUTCOME_NOT_RECORDED',
      outcome: 'success',
      cause: { code: 'STORE_CONFLICT' },
    });
    const outcomes = (await trail()).map(({ text }) => JSON.parse(text).context.outcome);
    expect(outcomes).toEqual(['unknown']);
  });

  it('never touches what a process is doing, however long it takes', async () => {
    await world.trust.establish({ agentId: ALICE, authorityId: 'org-acme', capabilities: [] });
    const slow = new TrustedAgent({
      name: 'alice',
      trust: world.trust,
      agent: async () => {
        world.later(60);
        expect(await world.elsewhere().recover()).toEqual([]);
        return 'done';
      },
    });
    expect(await slow.run(1)).toBe('done');
    expect((await trail()).map(({ text }) => JSON.parse(text).context.outcome)).toEqual(['success']);
  });

  it('takes no new intent of a process that was taken for ended, which goes on under another name', async () => {
    await world.trust.establish({ agentId: ALICE, authorityId: 'org-acme', capabilities: [] });
    let acts = 0;
    const agent = new TrustedAgent({ name: 'alice', trust: world.trust, agent: () => ++acts });
    const slow = new TrustedAgent({
      name: 'alice',
      trust: world.trust,
      agent: async () => {
        await endProcess(world.trust);
        await world.elsewhere().recover();
      },
    });
    await failure(slow.run(1));
    const [retired] = await Promise.all([failure(agent.run(1)), world.elsewhere().recover()]);
    expect(retired).toMatchObject({ code: 'STORE_NOT_OWNER', evidence: { outcome: 'nothing_written' } });
    expect([acts, await world.store.openIntents()]).toEqual([0, []]);
    expect(await agent.run(1)).toBe(1);
    expect((await trail()).map(({ text }) => JSON.parse(text).context.outcome)).toEqual([
      'unknown',
      'success',
    ]);
  });

  it('closes what is young, and leaves what is old, by its owner alone', async () => {
    const owner = randomUUID();
    const leave = await world.store.announceOwner(owner);
    await open('run-1/1', { owner, openedAt: '2001-01-01T00:00:00+00:00' });
    await open('run-2/1', { trailId: 'run-2', openedAt: '2101-01-01T00:00:00+00:00' });
    expect(await world.trust.recover()).toEqual(['run-2/1']);
    await leave();
    expect(await world.trust.recover()).toEqual(['run-1/1']);
  });

  it('signs by the recorder for an agent that has no chain, and names the agent', async () => {
    await open('run-1/1', { agentId: ALICE });
    await world.trust.recover();
    const [entry] = await world.store.readTrail('run-1');
    expect(JSON.parse(entry?.text as string)).toMatchObject({
      agent_id: expect.stringMatching(/^agent-recorder-/),
      context: { subject_agent_id: ALICE },
    });
    expect(await world.trust.verifyTrail('run-1')).toMatchObject({ state: 'open' });
  });
});
