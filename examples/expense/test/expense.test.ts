import { expect, it } from 'vitest';
import { main } from '../src/main.ts';

it('reimburses what a person approved, although the worker was killed while the run waited', async () => {
  const lines: string[] = [];
  const { result, receipt } = await main((line) => lines.push(line));
  expect(result).toEqual({ paid: 1_920, findings: ['travel of 1800 exceeds 1500'] });
  expect(lines.filter((line) => /^ {2}\d/.test(line)).map((line) => line.replace(/^ *\d+\. /, ''))).toEqual([
    'agent-auditor audit: success',
    'agent-clerk orchestration_participation: success',
    'agent-clerk reimburse: success',
    'agent-clerk orchestration_complete: success',
  ]);
  expect(receipt).toContain('person-carol');
});
