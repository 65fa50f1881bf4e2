import { formatReport, patternConformance } from '@kaizen-eatp/testing';
import { describe, expect, it } from 'vitest';
import { correctPatterns } from './correct-patterns.js';

describe('patternConformance raises no false alarm over', () => {
  it('at least twenty correct patterns', () => {
    expect(Object.keys(correctPatterns).length).toBeGreaterThanOrEqual(20);
  });

  it.each(Object.entries(correctPatterns))('%s', async (_, { pattern, setup }) => {
    const report = await patternConformance(pattern, setup);
    expect(report.passed, formatReport(report)).toBe(true);
  });
});
