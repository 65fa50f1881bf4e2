import type { ConstraintEvaluator } from '@kaizen-eatp/core/plugin';
import {
  type EvaluatorConformanceSetup,
  evaluatorConformance,
  evaluatorRequirements,
  formatReport,
} from '@kaizen-eatp/testing';
import { describeEvaluatorConformance } from '@kaizen-eatp/testing/vitest';
import { describe, expect, it } from 'vitest';
import * as evaluators from './broken-evaluators.js';

const setup: EvaluatorConformanceSetup = {
  name: 'max_amount',
  permits: [
    { label: 'max_amount:100', action: 'pay', input: { amount: 100, items: [1, 2] } },
    { label: 'max_amount:100', action: 'look_up' },
  ],
  denies: [
    { label: 'max_amount:100', action: 'pay', input: { amount: 101, items: [1, 2] } },
    { label: 'max_amount:0', action: 'pay', tool: 'pay', input: { amount: 1 } },
  ],
  invalidLabels: ['max_amount:many'],
};

describeEvaluatorConformance(evaluators.maxAmount, setup);

const BROKEN: Readonly<Record<string, [ConstraintEvaluator, Readonly<Record<string, RegExp>>]>> = {
  'throws into an allow': [
    evaluators.throwsIntoAllow,
    {
      'EVALUATOR-FAILS-CLOSED':
        /'pay' under 'max_amount:100' was permitted although reading the input failed/,
    },
  ],
  'denies only once': [
    evaluators.deniesOnce,
    {
      'EVALUATOR-DENIES': /'pay' under 'max_amount:0' was permitted/,
    },
  ],
  'reads the clock of the process': [
    evaluators.readsTheClock,
    {
      'EVALUATOR-DETERMINISTIC':
        /was permitted the next time, and at first denied|was denied: .* at first permitted/,
    },
  ],
  'decides by chance': [evaluators.rollsDice, { 'EVALUATOR-DETERMINISTIC': /the next time, and at first/ }],
  'sorts the input in place': [
    evaluators.sortsTheInput,
    { 'EVALUATOR-CHANGES-NOTHING': /it changed the input from .*\[1,2\].* to .*\[2,1\]/ },
  ],
  'answers with a promise': [
    evaluators.answersLater,
    {
      'EVALUATOR-PERMITS': /'pay' under 'max_amount:100' was denied: the evaluator returned a promise/,
      'EVALUATOR-DENIES': /was denied only because the evaluator returned a promise/,
      'EVALUATOR-SYNCHRONOUS': /was answered with a promise/,
    },
  ],
  'permits everything': [
    evaluators.permitsAll,
    { 'EVALUATOR-DENIES': /'pay' under 'max_amount:100' was permitted/ },
  ],
  'denies everything': [evaluators.deniesAll, { 'EVALUATOR-PERMITS': /was denied: no/ }],
  'gives no reason': [
    evaluators.givesNoReason,
    { 'EVALUATOR-DENIES': /only because the evaluator gave no reason/ },
  ],
  'reads an unreadable limit as none': [
    evaluators.readsNoLimit,
    { 'EVALUATOR-INVALID-LABELS': /no problem was found with the label 'max_amount:many'/ },
  ],
  'claims every label': [
    new evaluators.ClaimsAll(),
    {
      'EVALUATOR-LABELS': /it claims the label 'read_only'/,
      'EVALUATOR-INVALID-LABELS': /no problem was found/,
    },
  ],
  'compares labels with their case': [
    new evaluators.ComparesCase(),
    {
      'EVALUATOR-LABELS': /no evaluator is responsible for 'max_amount:100'/,
      'EVALUATOR-DENIES': /was permitted, as not enforced/,
      'EVALUATOR-INVALID-LABELS': /no problem was found/,
    },
  ],
};

describe('evaluatorConformance', () => {
  it('passes an evaluator without a fault', async () => {
    const report = await evaluatorConformance(evaluators.maxAmount, setup);
    expect(report.passed, formatReport(report)).toBe(true);
    expect(report.findings.map(({ id }) => id)).toEqual(evaluatorRequirements.map(({ id }) => id));
  });

  it.each(Object.entries(BROKEN))(
    'fails an evaluator that %s, for the right reason',
    async (_, [evaluator, fails]) => {
      const report = await evaluatorConformance(evaluator, setup);
      const failed = report.findings.filter(({ passed }) => !passed);
      expect(
        failed.map(({ id }) => id),
        formatReport(report),
      ).toEqual(evaluatorRequirements.map(({ id }) => id as string).filter((id) => id in fails));
      for (const { id, observation } of failed) expect(observation).toMatch(fails[id] as RegExp);
    },
  );

  it.each<[string, unknown, unknown]>([
    ['evaluator', class {}, setup],
    ['permits', evaluators.maxAmount, { denies: setup.denies }],
    ['denies', evaluators.maxAmount, { ...setup, denies: [{ action: 'pay' }] }],
    ["'label'", evaluators.maxAmount, { ...setup, label: 'x' }],
  ])('refuses a setup with one error that names %s', async (what, evaluator, given) => {
    await expect(evaluatorConformance(evaluator as never, given as never)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(what) }) as Error,
    );
  });
});
