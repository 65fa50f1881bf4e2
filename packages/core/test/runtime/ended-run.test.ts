import { expect, it } from 'vitest';
import { openIntent } from '../trust/open-intent.js';
import { World } from './world.js';

it('recover adds nothing to a run that has ended, even for an intent with a valid code', async () => {
  const world = await World.make();
  const alice = await world.agent('alice');
  const { runId } = await world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
  await openIntent(world.trust, `${runId}/99`, {
    trailId: runId,
    agentId: 'agent-alice',
    openedAt: '2026-03-02T09:00:00+00:00',
  });
  world.clock.move(3_600_000);
  expect(await world.trust.recover()).toEqual([]);
  expect(await world.trust.verifyTrail(runId)).toMatchObject({ state: 'ended', problems: [] });
});
