import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it } from 'vitest';
import { World } from '../runtime/world.js';

const HOUR = 3_600_000;

async function runWith(world: World, during: (step: 'alice' | 'bob' | 'carol') => void) {
  const agents = await Promise.all(
    (['alice', 'bob', 'carol'] as const).map((name) =>
      world.agent(name, () => {
        world.clock.move(3);
        during(name);
        return name;
      }),
    ),
  );
  const result = await world.execute(agents, async ({ agents: [a, b, c], input, invoke, delegate }) => {
    const first = await invoke(a!, input);
    await delegate(a!, b!, { expiresIn: 60_000 });
    const second = await invoke(b!, first);
    await delegate(a!, c!, { expiresIn: 60_000 });
    return invoke(c!, second);
  });
  const { id, publicKey } = world.authority;
  const receipt = await verifyReceipt(await result.receipt(), { authorities: { [id]: publicKey } });
  return { result, receipt, trail: await world.trust.verifyTrail(result.runId) };
}

describe('a clock that steps', () => {
  it.each([-1, -50, -1_000, -60_000, -HOUR, 50, HOUR])(
    'by %i ms during a run leaves a trail and a receipt that are both valid',
    async (step) => {
      for (const at of ['alice', 'bob', 'carol'] as const) {
        // A step forward ends what was delegated for a minute, so nothing is delegated before it.
        if (step === HOUR && at === 'bob') continue;
        const world = await World.make();
        const { result, receipt, trail } = await runWith(world, (name) => {
          if (name === at) world.clock.move(step);
        });
        expect(receipt.problems, at).toEqual([]);
        expect(trail, at).toMatchObject({ state: 'ended', problems: [] });
        const times = result.auditTrail.map(({ timestamp }) => Date.parse(timestamp));
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }
    },
  );

  it('by an hour back makes no anchor of the shared trail earlier than the one before it', async () => {
    const world = await World.make();
    const alice = await world.agent('alice', (input) => {
      world.clock.move(-HOUR / 2);
      return input;
    });
    for (let i = 0; i < 3; i++) await alice.run(i);
    expect(await world.trust.verifyTrail()).toMatchObject({ state: 'open', problems: [] });
  });
});

describe('the guard', () => {
  it('judges expiry by the moment that it signs, so that a run that it allowed has a valid receipt', async () => {
    let allowed = 0;
    let refused = 0;
    for (let life = 1; life <= 40; life++) {
      // Each look at this clock takes a millisecond.
      const clock = { time: Date.parse('2026-03-02T10:00:00Z'), now: () => clock.time++ };
      const world = await World.make({ clock });
      const expiresAt = new Date(clock.time + 5 + life);
      const alice = await world.agent('alice', () => 'done', { expiresAt });
      const running = world.execute([alice], ({ agents: [a], input, invoke }) => invoke(a!, input));
      const result = await running.catch(() => undefined);
      if (!result) {
        refused += 1;
        continue;
      }
      allowed += 1;
      const { id, publicKey } = world.authority;
      const { problems } = await verifyReceipt(await result.receipt(), { authorities: { [id]: publicKey } });
      expect(problems, `a chain that is valid for ${life} ms`).toEqual([]);
    }
    expect(allowed).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});
