import { generateKeyPair } from '@kaizen-eatp/core';
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
      signingKeyId: 'key-org-größe-söhne-ag',
      isActive: true,
      metadata: { x: 1 },
    });
    expect(await world.keys.publicKey(authority.signingKeyId)).toBe(authority.publicKey);
    expect(await world.trust.getAuthority(authority.id)).toEqual(authority);
    expect(await world.trust.getAuthority('org-x')).toBeUndefined();
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

  it('sign nothing while inactive; what they signed stays verifiable', async () => {
    await world.establish(BOB, ['read']);
    await world.establish(ALICE, ['read']);
    expect(await world.trust.setAuthorityActive('org-acme', false)).toMatchObject({ isActive: false });
    expect((await world.trust.verify({ agentId: BOB, action: 'read' })).valid).toBe(true);
    const delegating = world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read'],
    });
    expect(await failure(delegating)).toMatchObject({ code: 'AUTHORITY_NOT_PERMITTED' });
  });
});
