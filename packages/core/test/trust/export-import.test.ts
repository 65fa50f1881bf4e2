import { TrustLineageChain } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { golden } from '../chain/golden.js';
import { ALICE, BOB, failure, minutes, World } from './world.js';

let world: World;
let other: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read', 'write'], ['eu']);
  await world.establish(BOB, ['bake']);
  other = new World({
    roots: [
      ...world.roots,
      ...golden.authorities.map(({ authority }) => ({
        id: authority.id as string,
        publicKey: authority.public_key as string,
      })),
    ],
  });
  await other.trust.registerAuthority(world.acme);
});

describe('exportChain', () => {
  it('gives the chain byte for byte as it is stored', async () => {
    expect(await world.trust.exportChain(BOB)).toBe((await world.stored(BOB)).text);
  });

  it('folds in what was delegated for a task, ended or not, and leaves out what was revoked', async () => {
    const kept = await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['write'],
      additionalConstraints: ['slow'],
    });
    const revoked = await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read'],
    });
    await world.trust.delegate({
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 'other',
      capabilities: ['read'],
    });
    await world.trust.revoke({ delegationId: revoked.id, reason: 'enough' });
    await world.trust.endTask({ taskId: 't', delegatorId: ALICE });
    const before = await world.stored(BOB);
    const chain = TrustLineageChain.parse(await world.trust.exportChain(BOB, { taskId: 't' }));
    expect(chain.delegations.map((d) => d.id)).toEqual([kept.id]);
    expect(chain.capabilities.find((c) => c.capability === 'write')?.constraints).toEqual(['eu', 'slow']);
    expect(await world.stored(BOB)).toEqual(before);
    await other.trust.importChain(await world.trust.exportChain(ALICE));
    await other.trust.importChain(chain.toText());
    expect(await other.trust.verify({ agentId: BOB, action: 'write', level: 'full' })).toMatchObject({
      valid: true,
      effectiveConstraints: ['eu', 'slow'],
    });
    expect((await other.trust.verify({ agentId: BOB, action: 'read' })).valid).toBe(false);
  });

  it('refuses an agent without a chain, and one whose chain was changed', async () => {
    expect(await failure(world.trust.exportChain('agent-x'))).toMatchObject({ code: 'CHAIN_NOT_FOUND' });
    await world.tamper(BOB, (wire) => wire.capabilities.pop());
    expect(await failure(world.trust.exportChain(BOB))).toMatchObject({ code: 'CHAIN_INVALID' });
  });
});

describe('importChain', () => {
  it('takes a chain in byte for byte', async () => {
    const text = await world.trust.exportChain(ALICE);
    const pretty = JSON.stringify(JSON.parse(text), null, 2);
    expect((await other.trust.importChain(pretty)).agentId).toBe(ALICE);
    expect((await other.stored(ALICE)).text).toBe(pretty);
    expect((await other.trust.verify({ agentId: ALICE, action: 'read' })).valid).toBe(true);
  });

  it('takes the chains of the reference', async () => {
    for (const { authority } of golden.authorities) await other.trust.registerAuthority(authority);
    const chain = golden.chains[0]?.stored as string;
    expect((await other.trust.importChain(chain)).toText()).toBeTruthy();
    expect((await other.stored('agent-1-0')).text).toBe(chain);
  });

  it.each(['', 'no json', '[]', '{}', 'null', '{"genesis":null}'])('refuses %j', async (text) => {
    expect(await failure(other.trust.importChain(text))).toMatchObject({
      code: expect.stringMatching(/^MALFORMED_/),
    });
  });

  it('refuses a chain of an unknown authority, or one that was changed', async () => {
    const text = await world.trust.exportChain(ALICE);
    const stranger = new World();
    expect(await failure(stranger.trust.importChain(text))).toMatchObject({
      code: 'CHAIN_INVALID',
      evidence: { denial: { code: 'AUTHORITY_UNKNOWN' } },
    });
    const wire = JSON.parse(text);
    wire.capabilities.pop();
    expect(await failure(other.trust.importChain(JSON.stringify(wire)))).toMatchObject({
      code: 'CHAIN_INVALID',
    });
    expect(await other.store.listChains()).toEqual([]);
  });

  it('replaces a chain only if told to', async () => {
    const old = await world.trust.exportChain(ALICE);
    await other.trust.importChain(old);
    expect(await failure(other.trust.importChain(old))).toMatchObject({ code: 'STORE_CONFLICT' });
    await world.trust.reattest({ agentId: ALICE, capabilities: ['admin'] });
    await other.trust.importChain(await world.trust.exportChain(ALICE), { overwrite: true });
    expect((await other.trust.verify({ agentId: ALICE, action: 'admin' })).valid).toBe(true);
  });

  it('lets an agent whose key is elsewhere act, but signs nothing for it', async () => {
    await other.trust.importChain(await world.trust.exportChain(ALICE));
    await other.trust.importChain(await world.trust.exportChain(BOB));
    const request = {
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read'],
      expiresAt: minutes(5),
    };
    expect(await failure(other.trust.delegate(request))).toMatchObject({ code: 'KEY_NOT_FOUND' });
  });
});
