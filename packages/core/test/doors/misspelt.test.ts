import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { having, misspellings, PROTOTYPE_NAMES } from './misspellings.js';
import { type Door, doors } from './table.js';
import { DoorWorld } from './world.js';

const refusal = async (door: Door, world: DoorWorld, given: object): Promise<unknown> => {
  try {
    return { accepted: await door.call(world, given as never) };
  } catch (error) {
    return error;
  }
};

describe.each(doors)('$name', (door) => {
  const known = Object.keys(door.schema.shape);
  const valid = fc.sample(door.given, { numRuns: 1, seed: 1 })[0] as Record<string, unknown>;

  it('refuses each option with a misspelt name, and names the nearest one', async () => {
    const world = await (await DoorWorld.create()).run();
    const before = await world.stored();
    for (const name of known) {
      for (const slip of misspellings(name, known)) {
        if (slip === door.nameOfOtherForm) continue;
        const { [name]: value = 1, ...others } = valid;
        for (const given of [having(others, slip, value), having(valid, slip, undefined)]) {
          const error = await refusal(door, world, given);
          expect(error, slip).toMatchObject({
            code: 'INVALID_ARGUMENT',
            message: expect.stringContaining(`'${slip}'`),
            expected: known.join(', '),
          });
          const { nearest } = (error as { evidence: { nearest?: string } }).evidence;
          if (slip.toLowerCase() !== slip.toUpperCase() && slip !== slip.toUpperCase() && !slip.includes('_'))
            expect(known, slip).toContain(nearest);
        }
      }
    }
    if (!MAKES_A_DELEGATION.has(door.name)) expect(await world.stored()).toEqual(before);
  });

  it.each(PROTOTYPE_NAMES)('refuses an option of the name %s', async (name) => {
    const world = await (await DoorWorld.create()).run();
    for (const value of [undefined, 'x', () => 'x', { constraints: [] }])
      expect(await refusal(door, world, having(valid, name, value))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
  });

  it('refuses what is not a plain object', async () => {
    const world = await (await DoorWorld.create()).run();
    class Options {}
    const others = [null, 'text', 5, [], [valid], new Map(), new Options(), Promise.resolve(valid)];
    const inheriting = [Object.create(valid), Object.assign(new Options(), valid)];
    const refused = others.filter((value) => !door.alsoTakes?.includes(value));
    for (const given of [...refused, ...(door.name === HOOKS ? [] : inheriting)])
      expect(await refusal(door, world, given as never)).toMatchObject({
        code: expect.stringMatching(/^(INVALID_ARGUMENT|UNSUPPORTED_VALUE)$/),
      });
  });
});

const MAKES_A_DELEGATION = new Set(['endTask()', 'exportChain()']);

/** Hooks can be methods of an object of a class. */
const HOOKS = 'the hooks of TrustOperations';
