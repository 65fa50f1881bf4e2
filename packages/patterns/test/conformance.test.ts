import { allPatterns } from '@kaizen-eatp/patterns';
import { describePatternConformance } from '@kaizen-eatp/testing/vitest';
import { suiteStore } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { exportedPatterns } from './exported-patterns.js';
import { patternSetups } from './pattern-setups.js';

describe('the patterns of the package', () => {
  it('are all tried, each with a setup of its own', () => {
    expect(exportedPatterns.map(([name]) => name).sort()).toEqual(Object.keys(patternSetups).sort());
    expect(exportedPatterns.length).toBe(allPatterns.length);
  });
});

for (const [name, pattern] of exportedPatterns) {
  for (const { victim: _, ...setup } of patternSetups[name] ?? []) {
    const variant = setup.options ? `${name} with ${JSON.stringify(setup.options)}` : name;
    describe(variant, () => describePatternConformance(pattern, { ...setup, store: suiteStore }));
  }
}
