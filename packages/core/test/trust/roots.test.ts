import { MemoryTrustStore, type Root, TrustOperations } from '@kaizen-eatp/core';
import { authorityCodec } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, failure, MALLORY, minutes, World } from './world.js';

let world: World;
let globex: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(BOB, ['read']);
  globex = new World();
  const { id } = await globex.trust.createEnterpriseAuthority({ name: 'Globex' });
  globex.acme = (await globex.trust.getAuthority(id)) as never;
  for (const agentId of [BOB, MALLORY])
    await globex.trust.establish({ agentId, authorityId: id, capabilities: ['*'] });
});

const codeFor = async (trust: TrustOperations, agentId: string, action: string) =>
  (await trust.verify({ agentId, action, level: 'full' })).denial?.code;

/** Writes an authority with another key, and a chain signed with it, as a writer to the store can. */
async function forge(agentId: string): Promise<void> {
  const [row] = await globex.store.readAuthorities([globex.acme.id]);
  await world.store.commit([
    { op: 'put_authority', authorityId: globex.acme.id, text: row?.text as string, ifVersion: null },
  ]);
  const { text } = await globex.stored(agentId);
  await world.overwrite(agentId, text);
}

/** Operations over the world's store with other keys, so that only the configuration says who is believed. */
const withRoots = (...roots: Root[]): TrustOperations =>
  new TrustOperations({ store: world.store, clock: world.clock, roots });

describe('an authority in the store', () => {
  it('gives no agent any right by being there', async () => {
    await forge(BOB);
    expect(await codeFor(world.trust, BOB, 'wire_money')).toBe('AUTHORITY_NOT_TRUSTED');
  });

  it('gives none if its statement for itself is there, too', async () => {
    await forge(MALLORY);
    const own = await globex.store.readStatements();
    const copy = new MemoryTrustStore();
    await copy.commit(own.map((entry) => ({ op: 'append_statement', entry })));
    await copy.commit([
      {
        op: 'put_authority',
        authorityId: globex.acme.id,
        text: authorityCodec.encodeText(globex.acme),
        ifVersion: null,
      },
    ]);
    const trust = new TrustOperations({ store: copy });
    const imported = trust.importChain((await globex.stored(MALLORY)).text);
    expect(await failure(imported)).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { denial: { code: 'AUTHORITY_NOT_TRUSTED' } },
    });
  });

  it('has the key, the permissions and the activity that the deployment believes, not those of its record', async () => {
    const limited = await world.trust.createEnterpriseAuthority({ name: 'Limited', permissions: [] });
    const [row] = await world.store.readAuthorities([limited.id]);
    const text = authorityCodec.encodeText({ ...limited, permissions: ['create_agents'] });
    await world.store.commit([
      { op: 'put_authority', authorityId: limited.id, text, ifVersion: row?.version as string },
    ]);
    expect((await world.trust.getAuthority(limited.id))?.permissions).toEqual([]);
    const establishing = world.trust.establish({
      agentId: ALICE,
      authorityId: limited.id,
      capabilities: ['read'],
    });
    expect(await failure(establishing)).toMatchObject({ code: 'AUTHORITY_NOT_PERMITTED' });
  });
});

describe('roots', () => {
  it('let a process without any key believe an authority', async () => {
    expect(await codeFor(withRoots(), BOB, 'read')).toBe('AUTHORITY_NOT_TRUSTED');
    expect(await codeFor(withRoots(...world.roots), BOB, 'read')).toBeUndefined();
  });

  it('believe no other key of the same authority', async () => {
    const root = { id: 'org-acme', publicKey: globex.acme.publicKey };
    expect(await codeFor(withRoots(root), BOB, 'read')).toMatch(/SIGNATURE_INVALID/);
  });

  it.each<[string, Partial<Root>, string | undefined]>([
    ['agents in its namespace', { namespaces: ['agent-x', 'agent-b*'] }, undefined],
    ['no agent outside its namespaces', { namespaces: ['agent-a*'] }, 'AUTHORITY_NOT_TRUSTED'],
    ['agents if it may create them', { permissions: ['create_agents'] }, undefined],
    [
      'no agent if it may not create them',
      { permissions: ['grant_capabilities'] },
      'AUTHORITY_NOT_PERMITTED',
    ],
    ['agents before it ends', { validUntil: minutes(1) }, undefined],
    ['no agent after it ended', { validUntil: minutes(-1) }, 'AUTHORITY_NOT_TRUSTED'],
  ])('let an authority speak for %s', async (_what, limits, code) => {
    expect(await codeFor(withRoots({ ...world.roots[0], ...limits } as Root), BOB, 'read')).toBe(code);
  });

  it.each<[string, unknown]>([
    ['a key that is none', [{ id: 'org-a', publicKey: 'AAAA' }]],
    ['two roots of one id', [{ id: 'org-a' }, { id: 'org-a' }]],
    ['a namespace with two stars', [{ id: 'org-a', namespaces: ['*x*'] }]],
    ['an unknown permission', [{ id: 'org-a', permissions: ['fly'] }]],
    ['an unknown field', [{ id: 'org-a', expires: '2030' }]],
  ])('are refused with %s', (_what, roots) => {
    const given = (roots as object[]).map((root) => ({ publicKey: world.acme.publicKey, ...root }));
    expect(() => new TrustOperations({ roots: given as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    );
  });
});

describe('an endorsement', () => {
  const endorse = (more: object = {}) =>
    world.trust.endorseAuthority({
      authorityId: globex.acme.id,
      publicKey: globex.acme.publicKey,
      namespaces: [MALLORY],
      ...more,
    });

  it('makes every deployment believe an authority that believes the one which endorsed it', async () => {
    await forge(MALLORY);
    await endorse();
    expect(await codeFor(world.trust, MALLORY, 'read')).toBeUndefined();
    expect(await codeFor(withRoots(...world.roots), MALLORY, 'read')).toBeUndefined();
    expect(await codeFor(withRoots(), MALLORY, 'read')).toBe('AUTHORITY_NOT_TRUSTED');
  });

  it('lets it speak for the agents that it names, and for no others', async () => {
    await forge(BOB);
    await endorse();
    expect(await codeFor(world.trust, BOB, 'read')).toBe('AUTHORITY_NOT_TRUSTED');
  });

  it('holds for its time', async () => {
    await forge(MALLORY);
    await endorse({ validFrom: minutes(5), validUntil: minutes(10) });
    expect(await codeFor(world.trust, MALLORY, 'read')).toBe('AUTHORITY_NOT_TRUSTED');
    world.later(6);
    expect(await codeFor(world.trust, MALLORY, 'read')).toBeUndefined();
    world.later(11);
    expect(await codeFor(world.trust, MALLORY, 'read')).toBe('AUTHORITY_NOT_TRUSTED');
  });

  it('gives nothing that the authority which endorses does not have', async () => {
    const root: Root = { ...(world.roots[0] as Root), namespaces: ['agent-b*'] };
    const trust = new TrustOperations({ store: world.store, keyManager: world.keys, roots: [root] });
    const endorsing = trust.endorseAuthority({
      authorityId: globex.acme.id,
      publicKey: globex.acme.publicKey,
      namespaces: [MALLORY],
    });
    expect(await failure(endorsing)).toMatchObject({ code: 'KEY_NOT_FOUND' });
    // A deployment that limits the endorsing authority does not believe what goes beyond its limits, either.
    await forge(MALLORY);
    await endorse();
    expect(await codeFor(withRoots(root), MALLORY, 'read')).toBe('AUTHORITY_NOT_TRUSTED');
  });

  it('does not replace the key of an authority that is believed', async () => {
    await endorse();
    const other = (await World.create()).key.publicKey;
    expect(await failure(endorse({ publicKey: other }))).toMatchObject({ code: 'AUTHORITY_ALREADY_EXISTS' });
  });
});

describe('believedAuthorities', () => {
  it('lists the pinned, the own and the endorsed, of which the store need not have a record, as copies', async () => {
    await world.trust.endorseAuthority({
      authorityId: 'org-partner',
      publicKey: globex.acme.publicKey,
      namespaces: ['agent-p-*'],
      permissions: ['create_agents'],
    });
    const listed = await world.trust.believedAuthorities();
    expect(
      listed.map(({ id, source, endorsedBy, namespaces }) => ({ id, source, endorsedBy, namespaces })),
    ).toEqual([
      { id: 'org-acme', source: 'own', endorsedBy: null, namespaces: ['*'] },
      { id: 'org-partner', source: 'endorsed', endorsedBy: 'org-acme', namespaces: ['agent-p-*'] },
    ]);
    for (const each of listed) {
      (each.namespaces as string[]).push('*');
      (each.revokedKeys as Map<string, unknown>).set(each.publicKey, {});
    }
    const [, partner] = await world.trust.believedAuthorities();
    expect(partner).toMatchObject({ namespaces: ['agent-p-*'], revokedKeys: new Map() });
    const pinning = withRoots({ id: 'org-acme', publicKey: world.acme.publicKey });
    expect((await pinning.believedAuthorities()).map(({ source }) => source)).toEqual(['pinned', 'endorsed']);
    expect(await withRoots().believedAuthorities()).toEqual([]);
  });
});
