import type { InvocationContext } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { gate, never, rejection, World } from './world.js';

/** An agent that starts, says so, and then never ends by itself. */
function hanging() {
  const started = gate();
  const reasons: unknown[] = [];
  const work = (_input: unknown, { signal }: InvocationContext): Promise<never> => {
    signal.addEventListener('abort', () => reasons.push(signal.reason));
    started.open();
    return never();
  };
  return { work, started: started.opened, reasons };
}

describe('authority that is withdrawn at the root stops what rests on it', () => {
  it.each<[string, (world: World, authorityId: string) => Promise<unknown>, RegExp]>([
    ['is deactivated', ({ trust }, id) => trust.setAuthorityActive(id, false), /inactive/],
    [
      'has its key revoked',
      ({ trust, clock }, authorityId) =>
        trust.revokeKey({ authorityId, since: new Date(clock.now() - 60_000), reason: 'stolen' }),
      /signed with a key of authority \S+ that is revoked since .*: stolen/,
    ],
  ])('an authority that %s', async (_what, withdraw, reason) => {
    const world = await World.make();
    const { work, started, reasons } = hanging();
    const alice = await world.agent('alice', work);
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1));
    await started;
    const ended = rejection(run);
    const { genesis } = (await world.trust.getChain(alice.id))!;
    await withdraw(world, genesis.authorityId);
    const error = await ended;
    expect(error).toMatchObject({ code: 'REVOKED', evidence: { reason: expect.stringMatching(reason) } });
    expect(reasons).toEqual([error]);
    expect(await rejection(alice.run(1))).toMatchObject({ code: expect.any(String) });
  });
});

it('a key that is rotated in the middle of runs fails none of them', async () => {
  const world = await World.make();
  const alice = await world.agent('alice', async (input) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return input;
  });
  const bob = await world.agent('bob', (input) => input);
  const { genesis } = (await world.trust.getChain(alice.id))!;
  const runs = Array.from({ length: 40 }, (_, i) =>
    world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      return invoke(b!, await invoke(a!, i));
    }),
  );
  await world.trust.rotateKey({ authorityId: genesis.authorityId });
  const results = await Promise.all(runs);
  expect(results.map(({ result }) => result)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  for (const { runId } of results)
    expect(await world.trust.verifyTrail(runId)).toMatchObject({ state: 'ended', problems: [] });
});
