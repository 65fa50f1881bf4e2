import {
  ConstraintRegistry,
  type ConstraintRequest,
  defineConstraint,
  forbidden,
  PERMITTED,
} from '@kaizen-eatp/core/plugin';
import { captureValue } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import type { ConstraintFacts } from '../../src/constraints/index.js';

/** A registry whose evaluator of `watched` records what it is asked. */
function watching() {
  const seen: ConstraintRequest[] = [];
  const watched = defineConstraint({
    label: 'watched',
    evaluate(request) {
      seen.push(request);
      return PERMITTED;
    },
  });
  return { seen, registry: new ConstraintRegistry([watched]) };
}

const FACTS: ConstraintFacts = {
  action: 'pay_invoice',
  resource: 'tool:pay',
  guarded: true,
  tool: 'pay',
  effects: 'write',
  readInput: () => ({ amount: 5 }),
  agentId: 'agent-clerk',
  person: 'person-1',
  approvedBy: ['person-carol'],
  depth: 2,
  context: { region: 'eu' },
  now: 5,
};

describe('a request', () => {
  it('has every fact of the action', () => {
    const { seen, registry } = watching();
    registry.evaluate(['watched'], FACTS);
    const { readInput: _, ...facts } = FACTS;
    expect({ ...seen[0] }).toEqual({ ...facts, label: 'watched', method: undefined, input: { amount: 5 } });
  });

  it('cannot be changed, and neither can its context', () => {
    const { seen, registry } = watching();
    registry.evaluate(['watched'], { ...FACTS, context: { list: [{ a: 1 }] } });
    const [request] = seen;
    expect(Object.isFrozen(request)).toBe(true);
    expect(() => Object.assign(request as object, { input: 0 })).toThrow(TypeError);
    const list = request?.context.list as { a: number }[];
    expect([request?.context, list, list[0]].map(Object.isFrozen)).toEqual([true, true, true]);
  });

  it('has a copy of the context, read once for all labels', () => {
    const { seen, registry } = watching();
    let reads = 0;
    const context = {
      get contains_pii() {
        return ++reads > 1;
      },
    };
    registry.evaluate(['watched', 'WATCHED', 'no_pii_export'], { action: 'export', context, now: 0 });
    expect(reads).toBe(1);
    expect(seen.map((request) => request.context.contains_pii)).toEqual([false, false]);
  });

  it('shows Dates as timestamps', () => {
    const { seen, registry } = watching();
    registry.evaluate(['watched'], { action: 'a', context: { at: new Date(0) }, now: 0 });
    expect(seen[0]?.context.at).toBe('1970-01-01T00:00:00+00:00');
  });

  it('is denied if its context holds what cannot be copied', () => {
    for (const held of [() => 1, new Map(), Symbol('s'), new Date(Number.NaN)]) {
      const { registry } = watching();
      const { violations } = registry.evaluate(['watched'], { action: 'a', context: { held }, now: 0 });
      expect(violations).toEqual([
        { constraint: 'watched', reason: expect.stringContaining('context.held') },
      ]);
    }
  });
});

describe('the input', () => {
  it('is not read for an agent whose constraints do not look at it', () => {
    let reads = 0;
    const readInput = () => ++reads;
    const { registry } = watching();
    registry.evaluate([], { ...FACTS, readInput });
    registry.evaluate(['read_only', 'audit_required', 'unknown', 'watched'], { ...FACTS, readInput });
    expect(reads).toBe(0);
  });

  it('is read once for each evaluator, however often it looks', () => {
    let reads = 0;
    const looking = (label: string) =>
      defineConstraint({
        label,
        evaluate(request) {
          const { input } = request;
          return request.input === input ? PERMITTED : forbidden('no');
        },
      });
    const registry = new ConstraintRegistry([looking('a'), looking('a'), looking('b')]);
    expect(registry.evaluate(['a', 'b'], { ...FACTS, readInput: () => ({ n: ++reads }) }).violations).toEqual(
      [],
    );
    expect(reads).toBe(3);
  });

  it.each<[string, unknown, (input: never) => unknown, (input: never) => number]>([
    [
      'map',
      new Map([['amount', 5000]]),
      (m: Map<string, number>) => m.set('amount', 1),
      (m: Map<string, number>) => m.get('amount') ?? 0,
    ],
    ['date', new Date(5000), (d: Date) => d.setTime(1), (d: Date) => d.getTime()],
    ['list of bytes', Uint16Array.of(5000), (b: Uint16Array) => b.fill(1), (b: Uint16Array) => b[0] ?? 0],
  ])(
    'is another copy for each: none can change the %s that the next one judges',
    (_what, input, change, amountOf) => {
      const captured = captureValue(input, 'input');
      const evaluators = [
        defineConstraint({
          label: 'first',
          evaluate: ({ input }) => (change(input as never) ? PERMITTED : PERMITTED),
        }),
        defineConstraint({
          label: 'second',
          evaluate: ({ input }) => (amountOf(input as never) < 1000 ? PERMITTED : forbidden('too much')),
        }),
      ];
      const facts = { ...FACTS, readInput: () => captured.frozen() };
      const { violations } = new ConstraintRegistry(evaluators).evaluate(['first', 'second'], facts);
      expect(violations).toEqual([{ constraint: 'second', reason: 'too much' }]);
    },
  );

  it('that cannot be read denies', () => {
    const registry = new ConstraintRegistry([
      defineConstraint({ label: 'a', evaluate: ({ input }) => (input ? PERMITTED : PERMITTED) }),
    ]);
    const readInput = () => {
      throw new Error('broken input');
    };
    expect(registry.evaluate(['a'], { ...FACTS, readInput }).violations).toEqual([
      { constraint: 'a', reason: expect.stringContaining('broken input') },
    ]);
  });
});

describe('read_only under the guard', () => {
  const judge = (facts: Partial<ConstraintFacts>) =>
    new ConstraintRegistry().evaluate(['read_only'], { action: 'use', guarded: true, now: 0, ...facts })
      .violations;

  it.each(['pay', 'save', 'send_email', 'transfer_money'])('denies %s, which declares nothing', (tool) => {
    expect(judge({ action: tool, tool })).toEqual([
      { constraint: 'read_only', reason: expect.stringContaining(`'${tool}' does not declare`) },
    ]);
  });

  it.each<[string, Partial<ConstraintFacts>, boolean]>([
    ['a tool that declares read', { tool: 'look_up', effects: 'read' }, true],
    ['a tool that declares write', { tool: 'look_up', effects: 'write' }, false],
    ['a tool that declares nothing', { tool: 'look_up' }, false],
    [
      'a tool that declares read under an action that writes',
      { action: 'delete', tool: 'x', effects: 'read' },
      false,
    ],
    ['an invocation', { action: 'execute', method: 'run' }, true],
    ['an invocation under an action that writes', { action: 'update_all', method: 'run' }, false],
    ['an action that is declared to write', { effects: 'write' }, false],
    ['a tool outside the guard, as the reference does', { guarded: false, tool: 'pay' }, true],
  ])('%s: %o is permitted: %s', (_what, facts, permitted) => {
    expect(judge(facts).length === 0).toBe(permitted);
  });
});

describe('participation in an orchestration', () => {
  const facts: ConstraintFacts = { action: 'orchestration_participation', now: Date.UTC(2026, 0, 5, 3) };
  const denying = defineConstraint({
    prefix: 'max_amount:',
    parse: Number,
    evaluate: () => forbidden('no amount'),
  });

  it('is not subject to the evaluators of plugins, and their labels count as enforced', () => {
    const registry = new ConstraintRegistry([denying]);
    expect(registry.evaluate(['max_amount:5'], facts)).toEqual({ violations: [], unenforced: [] });
    expect(registry.evaluate(['max_amount:5'], { ...facts, action: 'execute' }).violations).toHaveLength(1);
  });

  it('is subject to the built-in labels, as in the reference', () => {
    const labels = ['read_only', 'no_delegation', 'no_pii_export', 'audit_required', 'blackboard_write_only'];
    const registry = new ConstraintRegistry();
    for (const guarded of [true, false]) {
      expect(registry.evaluate(labels, { ...facts, guarded })).toEqual({ violations: [], unenforced: [] });
      expect(registry.evaluate(['business_hours_only'], { ...facts, guarded }).violations).toHaveLength(1);
    }
  });
});

it('an evaluator knows which agent wants to delegate', () => {
  let seen: ConstraintRequest | undefined;
  const registry = new ConstraintRegistry([
    defineConstraint({
      label: 'a',
      evaluate: () => PERMITTED,
      evaluateDelegation(request) {
        seen = request;
        return forbidden('no');
      },
    }),
  ]);
  registry.evaluateDelegation(['a'], 7, { agentId: 'agent-x', depth: 1 });
  expect(seen).toMatchObject({ action: 'delegate', agentId: 'agent-x', depth: 1, now: 7, context: {} });
});
