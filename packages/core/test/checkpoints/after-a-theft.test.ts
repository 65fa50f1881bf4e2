import { expect, it } from 'vitest';
import { ALICE, BOB, World } from '../trust/world.js';

it('a chain that a revoked key signed was not changed, although the checkpoint that it signed counts no more', async () => {
  const world = await World.create();
  const { trust } = world;
  for (const agent of [ALICE, BOB]) await world.establish(agent, ['read']);
  const checkpoint = async () => {
    world.later(1);
    return trust.checkpoint({ authorityId: 'org-acme' });
  };
  await checkpoint();
  await trust.rotateKey({ authorityId: 'org-acme' });
  await checkpoint();
  const since = new Date(world.clock.at - 1);
  await trust.revokeKey({ authorityId: 'org-acme', since, reason: 'stolen', keep: [ALICE] });
  const { findings, note } = await checkpoint();
  expect(findings).toEqual([]);
  expect(await trust.verifyCheckpoint(note)).toMatchObject({ consistent: true });
  // What nobody signed is still found.
  await world.tamper(BOB, (wire) => {
    wire.chain_state_signature = wire.chain_state_signature.replace(/^./, (c: string) =>
      c === 'A' ? 'B' : 'A',
    );
  });
  expect((await trust.verifyCheckpoint(note)).findings).toMatchObject([
    { code: 'CHAIN_CHANGED', subject: BOB },
  ]);
});
