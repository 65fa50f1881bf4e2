import { type Authority, InMemoryKeyManager, type Root, TrustOperations } from '@kaizen-eatp/core';
import { TrustLineageChain } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { deploymentOf } from '../../src/trust/deployment-of.js';
import { renewChains } from '../../src/trust/issue/renew-chains.js';
import { ALICE, BOB, failure, minutes, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read', 'write']);
  await world.establish(BOB, ['read']);
});

const codeFor = async (trust: TrustOperations, agentId = BOB, more: object = {}) =>
  (await trust.verify({ agentId, action: 'read', level: 'full', ...more })).denial?.code;
const pinning = (root: Root): TrustOperations =>
  new TrustOperations({ store: world.store, clock: world.clock, roots: [root] });
const rootOf = ({ id, publicKey }: Authority): Root => ({ id, publicKey });

/** A verifier that knows nothing but one key of an authority, such as the reference. */
async function verifiesWithOneKey(publicKey: string): Promise<boolean> {
  const other = new World({ roots: [{ id: 'org-acme', publicKey }] });
  await other.trust.registerAuthority({ ...world.acme, publicKey });
  await other.trust.importChain(await world.trust.exportChain(BOB));
  return (await codeFor(other.trust)) === undefined;
}

describe('rotateKey', () => {
  it('gives an authority a new key, and signs the chains of its agents again', async () => {
    const { authority, agents } = await world.trust.rotateKey({ authorityId: 'org-acme' });
    expect(authority.publicKey).not.toBe(world.acme.publicKey);
    expect(await world.trust.getAuthority('org-acme')).toMatchObject({ publicKey: authority.publicKey });
    expect(agents).toEqual([ALICE, BOB]);
    expect(await codeFor(world.trust)).toBeUndefined();
    expect(await codeFor(world.elsewhere())).toBeUndefined();
    expect(await verifiesWithOneKey(authority.publicKey)).toBe(true);
  });

  it('leaves valid what the old key signed', async () => {
    const old = await world.trust.exportChain(BOB);
    await world.trust.audit({ agentId: BOB, action: 'read', result: 'success' });
    const { id } = await world.trust.delegate({
      ...{ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['write'] },
    });
    await world.trust.rotateKey({ authorityId: 'org-acme' });
    expect((await world.trust.verifyTrail()).problems).toEqual([]);
    expect(await codeFor(world.trust, BOB, { action: 'write', delegationId: id })).toBeUndefined();
    await world.overwrite(BOB, old);
    expect(await codeFor(world.elsewhere())).toBeUndefined();
    const exported = TrustLineageChain.parse(await world.trust.exportChain(BOB, { taskId: 't' }));
    expect(exported.delegations).toHaveLength(1);
  });

  it('is followed by a process that pins the old key, and by one that pins the new key', async () => {
    const { authority } = await world.trust.rotateKey({ authorityId: 'org-acme' });
    expect(await codeFor(pinning(rootOf(world.acme)))).toBeUndefined();
    expect(await codeFor(pinning(rootOf(authority)))).toBeUndefined();
    expect(await codeFor(new TrustOperations({ store: world.store }))).toBe('AUTHORITY_NOT_TRUSTED');
  });

  it('leaves believed what the first key stated, for a process that pins the newest key', async () => {
    await world.trust.revoke({ agentId: BOB, reason: 'lost' });
    await world.trust.reinstate({ agentId: BOB, reason: 'found' });
    await world.trust.establish({ agentId: BOB, authorityId: 'org-acme', capabilities: ['read'] });
    await world.trust.revoke({ agentId: ALICE, reason: 'left' });
    let newest = world.acme;
    for (let i = 0; i < 2; i++)
      newest = (await world.trust.rotateKey({ authorityId: 'org-acme' })).authority as Authority;
    for (const trust of [world.trust, pinning(rootOf(world.acme)), pinning(rootOf(newest))]) {
      expect(await codeFor(trust)).toBeUndefined();
      expect(await codeFor(trust, ALICE)).toBe('REVOKED');
    }
  });

  it('needs the current key', async () => {
    const keyManager = new InMemoryKeyManager();
    const trust = world.elsewhere({ keyManager, roots: world.roots });
    expect(await failure(trust.rotateKey({ authorityId: 'org-acme' }))).toMatchObject({
      code: 'KEY_NOT_FOUND',
    });
    expect(await codeFor(world.trust)).toBeUndefined();
  });

  it('can be repeated, and a process that pins the newest key follows it back to the first', async () => {
    await world.trust.audit({ agentId: BOB, action: 'read', result: 'success' });
    const keys = new Set([world.acme.publicKey]);
    for (let i = 0; i < 3; i++)
      keys.add((await world.trust.rotateKey({ authorityId: 'org-acme' })).authority.publicKey);
    expect(keys.size).toBe(4);
    const [newest] = [...keys].slice(-1);
    const pinned = pinning({ id: 'org-acme', publicKey: newest as string });
    expect(await codeFor(pinned)).toBeUndefined();
    expect((await pinned.verifyTrail()).problems).toEqual([]);
    expect(await codeFor(world.elsewhere())).toBeUndefined();
    expect(await codeFor(pinning(rootOf(world.acme)))).toBeUndefined();
  });
});

describe('revokeKey', () => {
  const since = minutes(5);

  it('refuses a moment in the future, and leaves the key as it is', async () => {
    const request = { authorityId: 'org-acme', reason: 'stolen', keep: [ALICE, BOB] };
    expect(await failure(world.trust.revokeKey({ ...request, since }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('`since` is in the future'),
    });
    expect(await world.trust.getAuthority('org-acme')).toMatchObject({ publicKey: world.acme.publicKey });
    world.later(5);
    await world.trust.revokeKey({ ...request, since });
    expect(await world.trust.getAuthority('org-acme')).not.toMatchObject({ publicKey: world.acme.publicKey });
  });

  it('replaces the current key, and goes on with the agents that the caller names', async () => {
    world.later(10);
    const { agents } = await world.trust.revokeKey({
      ...{ authorityId: 'org-acme', since, reason: 'a laptop was stolen', keep: [BOB] },
    });
    expect(agents).toEqual([BOB]);
    expect(await codeFor(world.trust)).toBeUndefined();
    expect(await codeFor(world.elsewhere(), ALICE)).toBe('SIGNING_KEY_REVOKED');
  });

  it('makes a chain of the thief worthless, however it is dated', async () => {
    world.later(10);
    await world.trust.revokeKey({ authorityId: 'org-acme', since, reason: 'stolen', keep: [ALICE, BOB] });
    const forged = world.forgeChain(BOB, { capabilities: [{ capability: '*' }] });
    await world.overwrite(BOB, forged);
    expect(await codeFor(world.trust)).toBe('SIGNING_KEY_REVOKED');
    expect(await codeFor(world.elsewhere())).toBe('SIGNING_KEY_REVOKED');
  });

  it('makes a statement of the thief worthless', async () => {
    await world.trust.revoke({ agentId: BOB, reason: 'stole' });
    world.later(10);
    await world.trust.revokeKey({ authorityId: 'org-acme', since, reason: 'stolen', keep: [ALICE] });
    const thief = new InMemoryKeyManager();
    await thief.importKey('key-org-acme', world.key.privateKey);
    const trust = new TrustOperations({ store: world.store, keyManager: thief, roots: world.roots });
    expect(await failure(trust.reinstate({ agentId: BOB, reason: 'x' }))).toMatchObject({
      code: 'KEY_NOT_FOUND',
    });
    expect(await failure(trust.rotateKey({ authorityId: 'org-acme' }))).toMatchObject({
      code: 'KEY_NOT_FOUND',
    });
  });

  it('takes back what the thief stated before the key was revoked', async () => {
    await world.trust.revoke({ agentId: BOB, reason: 'stole' });
    world.later(6);
    // The thief has the key, so that these statements are as good as those of the authority.
    await world.trust.reinstate({ agentId: BOB, reason: 'by the thief' });
    await world.establish(BOB, ['*']);
    expect(await codeFor(world.trust)).toBeUndefined();
    world.later(10);
    await world.trust.revokeKey({ authorityId: 'org-acme', since, reason: 'stolen', keep: [ALICE] });
    expect(await codeFor(world.trust)).toBe('REVOKED');
    expect(await codeFor(world.elsewhere())).toBe('REVOKED');
    expect(await codeFor(world.elsewhere(), ALICE)).toBeUndefined();
  });

  it('ends what rests on an old key, such as a delegation', async () => {
    const { id } = await world.trust.delegate({
      ...{ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['write'] },
    });
    await world.trust.rotateKey({ authorityId: 'org-acme' });
    const { publicKey } = world.acme;
    world.later(10);
    await world.trust.revokeKey({ authorityId: 'org-acme', publicKey, since, reason: 'stolen' });
    expect(await codeFor(world.trust, BOB, { action: 'write', delegationId: id })).toBe(
      'DELEGATION_SIGNATURE_INVALID',
    );
    expect(await codeFor(world.trust)).toBeUndefined();
  });
});

describe('deactivating an authority', () => {
  it('stops its agents in every process, until it is activated again', async () => {
    const elsewhere = world.elsewhere();
    expect(await codeFor(elsewhere)).toBeUndefined();
    await world.trust.setAuthorityActive('org-acme', false);
    expect(await codeFor(elsewhere)).toBe('AUTHORITY_NOT_PERMITTED');
    await world.trust.setAuthorityActive('org-acme', true);
    expect(await codeFor(elsewhere)).toBeUndefined();
  });

  it('is not undone by its row', async () => {
    const [before] = await world.store.readAuthorities(['org-acme']);
    await world.trust.setAuthorityActive('org-acme', false);
    const [row] = await world.store.readAuthorities(['org-acme']);
    await world.store.commit([
      {
        ...{ op: 'put_authority', authorityId: 'org-acme', text: before?.text as string },
        ifVersion: row?.version as string,
      },
    ]);
    expect(await codeFor(world.trust)).toBe('AUTHORITY_NOT_PERMITTED');
    expect(await codeFor(world.elsewhere())).toBe('AUTHORITY_NOT_PERMITTED');
  });
});

it('a chain that does not verify is not signed again', async () => {
  await world.tamper(BOB, (wire) => wire.capabilities.pop());
  const deployment = deploymentOf(world.trust);
  const authority = await deployment.signingAuthority('org-acme');
  expect(await renewChains(deployment, authority, () => true)).toEqual([]);
  expect(await codeFor(world.trust)).toBe('CHAIN_STATE_SIGNATURE_INVALID');
});
