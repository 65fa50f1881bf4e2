import { describePatternConformance } from '@kaizen-eatp/testing/vitest';
import { describe, onTestFinished } from 'vitest';
import { exportedPatterns } from '../../patterns/test/exported-patterns.js';
import { patternSetups } from '../../patterns/test/pattern-setups.js';
import { remoteWorld } from './support/remote-world.js';

for (const [name, pattern] of exportedPatterns) {
  for (const { victim: _, ...setup } of patternSetups[name] ?? []) {
    const variant = setup.options ? `${name} with ${JSON.stringify(setup.options)}` : name;
    describe(`${variant}, with agents in Python workers`, () =>
      describePatternConformance(pattern, {
        ...setup,
        stopBound: 2_000,
        world: async (options) => {
          // The reference itself checks in the matrix; loading it for each of these would take minutes.
          const world = await remoteWorld(options, 'signature');
          onTestFinished(() => world.close());
          return world;
        },
      }));
  }
}
