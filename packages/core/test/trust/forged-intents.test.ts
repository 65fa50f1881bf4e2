import { InMemoryKeyManager, type KeyManager, SHARED_TRAIL, TrustOperations } from '@kaizen-eatp/core';
import type { Intent, StoreWrite } from '@kaizen-eatp/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { FailingStore } from '../runtime/failing-store.js';
import { openIntent } from './open-intent.js';
import { BOB, World } from './world.js';

/** A store whose tables others write to: that an owner was retired keeps nobody from inserting an intent of it. */
class OpenToOthers extends FailingStore {
  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    await super.commit(writes.filter(({ op }) => op !== 'retire_owner'));
  }
}

let store: OpenToOthers;
let world: World;
beforeEach(async () => {
  store = new OpenToOthers();
  world = await World.create({ store });
  await world.establish(BOB, ['read']);
});

const insert = (intent: Intent) => store.commit([{ op: 'open_intent', intent }]);

describe('recover', () => {
  it.each<[string, Partial<Intent>]>([
    ['without a code', { code: '' }],
    ['with an invented code', { code: `hmac-sha256:${Buffer.alloc(32).toString('base64')}` }],
    ['with a signature by an unknown key', { code: `ed25519:${Buffer.alloc(64).toString('base64')}` }],
    ['with another action', { action: 'pay' }],
    ['with another agent', { agentId: 'agent-alice' }],
    ['with another trail', { trailId: SHARED_TRAIL }],
    ['with another person', { person: 'person-x' }],
    ['with another time', { openedAt: '2026-01-05T10:00:00+00:00' }],
    ['of an unknown authority', { authorityId: 'org-none' }],
  ])('signs nothing because of an inserted intent %s', async (_what, change) => {
    const genuine = await openIntent(world.trust, 'run-1/1');
    expect(await world.trust.recover()).toEqual(['run-1/1']);
    await insert({ ...genuine, invocationId: 'run-2/1', trailId: 'run-2', ...change });
    expect(await world.trust.recover()).toEqual([]);
    expect(await store.readTrail('run-2')).toEqual([]);
    expect(await store.readTrail(SHARED_TRAIL)).toEqual([]);
    expect(await store.openIntents()).toHaveLength(1);
  });

  it('signs nothing because of an intent by an authority whose key a writer to the store chose', async () => {
    const mallory = new InMemoryKeyManager();
    const publicKey = await mallory.generateKey('mallory');
    const fake = { ...world.acme, id: 'org-fake', publicKey, signingKeyId: 'mallory' };
    await world.trust.registerAuthority(fake).catch(() => undefined);
    const keys: KeyManager = {
      sign: (text, id) => mallory.sign(text, id),
      generateKey: (id) => mallory.generateKey(id),
      publicKey: (id) => mallory.publicKey(id),
    };
    const theirs = new TrustOperations({ store: store, keyManager: keys, clock: world.clock });
    const stored = await openIntent(world.trust, 'run-9/1', { trailId: 'run-9' });
    await world.trust.recover();
    await openIntent(theirs, 'run-2/1', { trailId: 'run-2' }).catch(() => undefined);
    await insert({ ...stored, invocationId: 'run-3/1', authorityId: 'org-fake' });
    expect(await world.trust.recover()).toEqual([]);
    expect(await store.readTrail('run-2')).toEqual([]);
  });

  it.each(['run-1', SHARED_TRAIL])(
    'does not record again an intent that was closed and put back: %s',
    async (trailId) => {
      const genuine = await openIntent(world.trust, 'run-1/1', { trailId });
      expect(await world.trust.recover()).toEqual(['run-1/1']);
      const before = await store.readTrail(trailId);
      await insert(genuine);
      expect(await world.trust.recover()).toEqual([]);
      expect(await store.readTrail(trailId)).toEqual(before);
    },
  );

  it('closes an intent that was signed, since the key manager makes no codes', async () => {
    const { keys } = world;
    const keyManager: KeyManager = {
      sign: (text, id) => keys.sign(text, id),
      generateKey: (id) => keys.generateKey(id),
      publicKey: (id) => keys.publicKey(id),
    };
    const trust = new TrustOperations({ store: store, keyManager, clock: world.clock });
    const { code } = await openIntent(trust, 'run-1/1');
    expect(code).toMatch(/^ed25519:/);
    expect(await trust.recover()).toEqual(['run-1/1']);
    await insert({ ...(await openIntent(trust, 'run-2/1')), invocationId: 'run-3/1', action: 'pay' });
    expect(await trust.recover()).toEqual(['run-2/1']);
  });
});
