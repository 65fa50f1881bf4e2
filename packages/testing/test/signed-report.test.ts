import { InMemoryKeyManager } from '@kaizen-eatp/core';
import { evaluatorConformance, formatReport, signReport, verifyReport } from '@kaizen-eatp/testing';
import { expect, it } from 'vitest';
import { maxAmount, permitsAll } from './broken-evaluators.js';

const setup = {
  permits: [{ label: 'max_amount:1', input: { amount: 1 } }],
  denies: [{ label: 'max_amount:1', input: { amount: 2 } }],
};

it('signs a report, and notices a change of any part of it', async () => {
  const keyManager = new InMemoryKeyManager();
  const signer = await keyManager.generateKey('registry');
  const report = await evaluatorConformance(maxAmount, setup);
  const signed = await signReport(report, { package: 'max-amount@1.0.0', keyManager, keyId: 'registry' });
  const read = JSON.parse(JSON.stringify(signed));
  expect(verifyReport(read, [signer])).toBe(true);
  expect(verifyReport(read, [])).toBe(false);
  expect(verifyReport({ ...read, package: 'max-amount@2.0.0' }, [signer])).toBe(false);
  expect(verifyReport({ ...read, report: { ...read.report, notChecked: [] } }, [signer])).toBe(false);
  await expect(signReport(report, { package: 'x', keyManager, keyId: 'other' })).rejects.toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
  );
});

it('formats each requirement with its result, the observation, the fix, and what was not checked', async () => {
  const text = formatReport(await evaluatorConformance(permitsAll, setup));
  expect(text).toMatch(
    /^constraint evaluator: 7 of 8 requirements met \(full form\)\n {2}ok {4}EVALUATOR-LABELS\n/,
  );
  expect(text).toContain(
    "  FAILS EVALUATOR-DENIES: 'work' under 'max_amount:1' was permitted\n        fix: Return `forbidden(reason)`.",
  );
  expect(text).toContain('Not checked:\n  - Whether the evaluator denies all that it should');
});
