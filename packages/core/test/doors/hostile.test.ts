import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILITIES, hostile, Reads } from './hostile.js';
import { type Door, doors } from './table.js';
import { ALICE, BOB, CAROL, comparable, DoorWorld } from './world.js';

interface Outcome {
  readonly result: unknown;
  readonly stored: unknown;
}

async function outcome(door: Door, given: object): Promise<Outcome> {
  const world = await DoorWorld.create();
  if (door.name === 'verifyReceipt()') await world.run();
  let result: unknown;
  try {
    result = comparable(await door.call(world, given as never));
  } catch (error) {
    result = comparable(error);
  }
  // Records are stored exactly as they were signed.
  for (const agentId of [ALICE, BOB, CAROL]) {
    const { denial } = await world.trust.verify({ agentId, action: 'read', level: 'full' });
    expect([undefined, 'NO_CHAIN', 'REVOKED', 'CAPABILITY_NOT_HELD', 'CONSTRAINT_VIOLATED']).toContain(
      denial?.code,
    );
  }
  expect((await world.trust.verifyTrail()).problems).toEqual([]);
  return { result, stored: await world.stored() };
}

describe.each(doors)('$name', (door) => {
  it.each(HOSTILITIES)('does the same with hostile objects as with plain ones: %s', async (hostility) => {
    await fc.assert(
      fc.asyncProperty(door.given, async (given) => {
        const expected = await outcome(door, { ...given });
        const reads = new Reads();
        expect(await outcome(door, hostile(given, hostility, reads) as object)).toEqual(expected);
        expect(reads.most).toBeLessThanOrEqual(1);
      }),
      { numRuns: 12 },
    );
  });

  it('refuses a getter that throws with a coded error', async () => {
    const world = await DoorWorld.create();
    for (const name of Object.keys(door.schema.shape)) {
      const given = Object.defineProperty({}, name, {
        get: () => {
          throw new Error('not now');
        },
        enumerable: true,
        configurable: true,
      });
      await expect((async () => door.call(world, given as never))(), name).rejects.toMatchObject({
        code: expect.stringMatching(/^(INVALID_ARGUMENT|UNSUPPORTED_VALUE)$/),
      });
    }
  });
});
