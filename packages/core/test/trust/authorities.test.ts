import { generateKeyPair, InMemoryKeyManager, MemoryTrustStore } from '@kaizen-eatp/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, failure, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
});

describe('authorities', () => {
  it('are named after what they are called, with a key of their own', async () => {
    const authority = await world.trust.createEnterpriseAuthority({
      name: 'Größe & Söhne  AG',
      metadata: { x: 1 },
    });
    expect(authority).toMatchObject({
      id: 'org-größe-söhne-ag',
      signingKeyId: expect.stringMatching(/^key-org-gr-e-s-hne-ag-[0-9a-f]{12}$/),
      isActive: true,
      metadata: { x: 1 },
    });
    expect(await world.keys.publicKey(authority.signingKeyId)).toBe(authority.publicKey);
    expect(await world.trust.getAuthority(authority.id)).toEqual(authority);
    expect(await world.trust.getAuthority('org-x')).toBeUndefined();
  });

  it('never share a key, neither over one key manager nor when their names give the same id', async () => {
    const names = ['Acme Labs', 'acme  labs', 'ACME-Labs!', 'acme_labs', 'ＡＣＭＥ labs'];
    const stores = [world.trust, world.elsewhere({ store: new MemoryTrustStore() })];
    const created = await Promise.allSettled(
      stores.flatMap((trust) => names.map((name) => trust.createEnterpriseAuthority({ name }))),
    );
    const authorities = created.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const lost = created.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(authorities.map(({ id }) => id).sort()).toEqual(
      ['org-acme-labs', 'org-acme-labs', 'org-ａｃｍｅ-labs', 'org-ａｃｍｅ-labs'].sort(),
    );
    expect(new Set(authorities.map(({ publicKey }) => publicKey)).size).toBe(4);
    expect(lost.map(({ code }) => code)).toEqual(Array(6).fill('AUTHORITY_ALREADY_EXISTS'));
    for (const { signingKeyId, publicKey } of authorities)
      expect(await world.keys.publicKey(signingKeyId)).toBe(publicKey);
  });

  it('leave no key behind that was generated for an authority which another process created first', async () => {
    const made: string[] = [];
    const keys = new InMemoryKeyManager();
    const generate = keys.generateKey.bind(keys);
    keys.generateKey = (keyId) => {
      made.push(keyId);
      return generate(keyId);
    };
    const trust = world.elsewhere({ keyManager: keys });
    await Promise.allSettled([1, 2, 3].map(() => trust.createEnterpriseAuthority({ name: 'Race' })));
    const held = await Promise.all(made.map((keyId) => keys.publicKey(keyId)));
    expect(made).toHaveLength(3);
    expect(held.filter((key) => key !== undefined)).toEqual([
      (await trust.getAuthority('org-race'))?.publicKey,
    ]);
  });

  it('are made once', async () => {
    expect(await failure(world.trust.createEnterpriseAuthority({ name: 'x', id: 'org-acme' }))).toMatchObject(
      { code: 'AUTHORITY_ALREADY_EXISTS' },
    );
    expect(await failure(world.trust.registerAuthority(world.acme))).toMatchObject({
      code: 'AUTHORITY_ALREADY_EXISTS',
    });
    expect(await failure(world.trust.setAuthorityActive('org-x', true))).toMatchObject({
      code: 'AUTHORITY_NOT_FOUND',
    });
  });

  it.each<[string, unknown, string]>([
    ['no name', {}, 'INVALID_ARGUMENT'],
    ['an empty name', { name: '' }, 'INVALID_ARGUMENT'],
    ['a name of signs only', { name: '!?' }, 'INVALID_ARGUMENT'],
    ['a name that is no text', { name: 5 }, 'INVALID_ARGUMENT'],
    ['an unknown type', { name: 'x', authorityType: 'pirate' }, 'INVALID_ARGUMENT'],
    ['an unknown permission', { name: 'x', permissions: ['fly'] }, 'INVALID_ARGUMENT'],
  ])('are not made with %s', async (_what, wrong, code) => {
    expect(await failure(world.trust.createEnterpriseAuthority(wrong as never))).toMatchObject({ code });
  });

  it('are registered in our form and in that of the wire', async () => {
    const { publicKey } = generateKeyPair();
    await world.trust.registerAuthority({ ...world.acme, id: 'org-a', publicKey });
    const { id: _id, ...wire } = JSON.parse(
      (await world.store.readAuthorities(['org-a']))[0]?.text as string,
    );
    await world.trust.registerAuthority({ ...wire, id: 'org-b', from_the_future: 1 });
    expect(await world.trust.getAuthority('org-b')).toMatchObject({
      publicKey,
      unknownFields: { from_the_future: 1 },
    });
  });

  it('are refused with a bad key or a missing field', async () => {
    expect(
      await failure(world.trust.registerAuthority({ ...world.acme, id: 'org-a', publicKey: 'AAAA' })),
    ).toMatchObject({ code: 'BAD_KEY' });
    expect(await failure(world.trust.registerAuthority({ id: 'org-a' }))).toMatchObject({
      code: 'MALFORMED_RECORD',
    });
  });

  it('sign nothing while inactive, and their agents do not act', async () => {
    await world.establish(BOB, ['read']);
    await world.establish(ALICE, ['read']);
    expect(await world.trust.setAuthorityActive('org-acme', false)).toMatchObject({ isActive: false });
    expect((await world.trust.verify({ agentId: BOB, action: 'read' })).denial).toMatchObject({
      code: 'AUTHORITY_NOT_PERMITTED',
      evidence: { authorityId: 'org-acme', agentId: BOB },
    });
    const delegating = world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read'],
    });
    expect(await failure(delegating)).toMatchObject({ code: 'AUTHORITY_NOT_PERMITTED' });
  });
});
