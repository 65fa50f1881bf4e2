import { describePatternConformance } from '@kaizen-eatp/testing/vitest';
import { afterAll, describe } from 'vitest';
import { exportedPatterns } from '../../patterns/test/exported-patterns.js';
import { patternSetups } from '../../patterns/test/pattern-setups.js';
import { remoteWorld } from './support/remote-world.js';

for (const [name, pattern] of exportedPatterns) {
  for (const { victim: _, ...setup } of patternSetups[name] ?? []) {
    const variant = setup.options ? `${name} with ${JSON.stringify(setup.options)}` : name;
    describe(`${variant}, with agents in Python workers`, () => {
      const worlds: { close(): Promise<void> }[] = [];
      afterAll(() => Promise.all(worlds.map((world) => world.close())));
      describePatternConformance(pattern, {
        ...setup,
        stopBound: 2_000,
        world: async (options) => {
          // The reference itself checks in the matrix; loading it for each of these would take minutes.
          const world = await remoteWorld(options, 'signature');
          worlds.push(world);
          return world;
        },
      });
    });
  }
}
