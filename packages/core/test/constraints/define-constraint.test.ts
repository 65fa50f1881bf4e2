import { ConstraintRegistry, defineConstraint, forbidden, PERMITTED } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';

const maxAmount = defineConstraint({
  prefix: 'max_amount:',
  parse(parameter) {
    if (!/^\d+$/.test(parameter)) throw new Error(`'${parameter}' is not a whole number`);
    return Number(parameter);
  },
  evaluate({ tool, input }, limit) {
    if (tool !== 'pay') return PERMITTED;
    const { amount } = input as { amount?: unknown };
    return typeof amount === 'number' && amount <= limit ? PERMITTED : forbidden(`more than ${limit}`);
  },
});
const registry = new ConstraintRegistry([maxAmount]);
const pay = (label: string, amount: unknown) =>
  registry.evaluate([label], {
    action: 'pay',
    tool: 'pay',
    guarded: true,
    readInput: () => ({ amount }),
    now: 0,
  });

describe('defineConstraint', () => {
  it('enforces a label with a parameter by the input of the call', () => {
    expect(pay('max_amount:1000', 1000)).toEqual({ violations: [], unenforced: [] });
    expect(pay('MAX_AMOUNT:1000', 1001).violations).toEqual([
      { constraint: 'MAX_AMOUNT:1000', reason: 'more than 1000' },
    ]);
    expect(pay('max_amount:1000', '5').violations).toHaveLength(1);
    expect(registry.evaluate(['max_amount'], { action: 'a', now: 0 }).unenforced).toEqual(['max_amount']);
  });

  it('denies every action under a parameter that cannot be read, and reports it as a problem', () => {
    expect(pay('max_amount:lots', 1).violations[0]?.reason).toContain("'lots' is not a whole number");
    expect(registry.findProblem(['read_only', 'max_amount:lots'])).toEqual({
      label: 'max_amount:lots',
      reason: expect.stringContaining("'lots' is not a whole number"),
    });
    expect(registry.findProblem(['read_only', 'max_amount:5', 'anything'])).toBeUndefined();
  });

  it('gives the parameter in the letters of the label', () => {
    const parameters: string[] = [];
    const owner = defineConstraint({
      prefix: 'owner:',
      parse: (parameter) => parameter,
      evaluate(_request, parameter) {
        parameters.push(parameter);
        return PERMITTED;
      },
    });
    new ConstraintRegistry([owner]).evaluate(['Owner:Ada'], { action: 'a', now: 0 });
    expect(parameters).toEqual(['Ada']);
  });

  it('permits delegating unless the definition says otherwise', () => {
    const evaluate = () => forbidden('no');
    const labels = ['a', 'b', 'c'];
    const own = new ConstraintRegistry([
      defineConstraint({ label: 'a', evaluate }),
      defineConstraint({ label: 'b', evaluate, evaluateDelegation: () => forbidden('b does not') }),
      defineConstraint({ label: 'c', evaluate, evaluateDelegation: (() => undefined) as never }),
    ]);
    expect(own.evaluateDelegation(labels, 0).violations.map((v) => v.constraint)).toEqual(['b', 'c']);
  });

  it('does not accept a parameter that is a promise', () => {
    const own = new ConstraintRegistry([
      defineConstraint({ prefix: 'p:', parse: async () => 1, evaluate: () => PERMITTED }),
    ]);
    expect(own.evaluate(['p:1'], { action: 'a', now: 0 }).violations).toHaveLength(1);
    expect(own.findProblem(['p:1'])?.reason).toContain('a promise');
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no label', { evaluate: () => PERMITTED }],
    ['an empty prefix', { prefix: '', parse: String, evaluate: () => PERMITTED }],
    ['a label in capitals', { label: 'Internal', evaluate: () => PERMITTED }],
    ['both a label and a prefix', { label: 'a', prefix: 'b:', parse: String, evaluate: () => PERMITTED }],
    ['no evaluate', { label: 'a' }],
    ['a prefix without parse', { prefix: 'a:', evaluate: () => PERMITTED }],
    ['parse without a prefix', { label: 'a', parse: String, evaluate: () => PERMITTED }],
    [
      'evaluateDelegation that is no function',
      { label: 'a', evaluate: () => PERMITTED, evaluateDelegation: 1 },
    ],
    ['a misspelt member', { label: 'a', evaluate: () => PERMITTED, evaluateDelegations: () => PERMITTED }],
  ])('refuses %s', (_what, definition) => {
    expect(() => defineConstraint(definition as never)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(PLUGIN_INVALID|INVALID_ARGUMENT)$/) }),
    );
  });

  it('reads a definition once', () => {
    let answer = forbidden('as defined');
    const definition = { label: 'a', evaluate: () => answer };
    const own = new ConstraintRegistry([defineConstraint(definition)]);
    definition.evaluate = () => PERMITTED;
    expect(own.evaluate(['a'], { action: 'a', now: 0 }).violations[0]?.reason).toBe('as defined');
    answer = PERMITTED;
    expect(own.evaluate(['a'], { action: 'a', now: 0 }).violations).toEqual([]);
  });
});
