import {
  builtinConstraintEvaluators,
  ConstraintEvaluator,
  ConstraintRegistry,
  type ConstraintRequest,
  forbidden,
  PERMITTED,
} from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';

const NOON = Date.UTC(2026, 0, 5, 12);
const registry = new ConstraintRegistry();

function judge(label: string, action: string, context: Record<string, unknown> = {}, now = NOON) {
  return registry.evaluate([label], { action, resource: undefined, context, now });
}
const permits = (...args: Parameters<typeof judge>): boolean => judge(...args).violations.length === 0;

/** An evaluator of `limit` that answers as told. */
function answering(answer: (request: ConstraintRequest) => unknown): ConstraintEvaluator {
  return new (class extends ConstraintEvaluator {
    matches(label: string) {
      return label === 'limit';
    }
    evaluate(request: ConstraintRequest) {
      return answer(request) as never;
    }
    override evaluateDelegation(request: ConstraintRequest) {
      return answer(request) as never;
    }
  })();
}

describe('read_only', () => {
  it.each(['write_file', 'update', 'DELETE_all', 'recreate_x', 'modify', 'overwrite'])(
    'denies %s',
    (action) => {
      expect(judge('read_only', action).violations).toEqual([
        { constraint: 'read_only', reason: expect.stringContaining(`'${action}' contains`) },
      ]);
    },
  );
  it.each(['read', 'analyze_data', 'execute', 'list'])('allows %s', (action) => {
    expect(permits('read_only', action)).toBe(true);
  });
  it('is known in any case of its letters', () => {
    expect(permits('Read_Only', 'write')).toBe(false);
  });
});

describe.each(['business_hours_only', 'time_window_9_17', 'TIME_WINDOW'])('%s', (label) => {
  it.each<[string, boolean, Record<string, unknown>, number?]>([
    ['08:59 UTC', false, {}, Date.UTC(2026, 0, 5, 8, 59, 59)],
    ['09:00 UTC', true, {}, Date.UTC(2026, 0, 5, 9)],
    ['16:59 UTC', true, {}, Date.UTC(2026, 0, 5, 16, 59, 59)],
    ['17:00 UTC', false, {}, Date.UTC(2026, 0, 5, 17)],
    ['a Date within', true, { current_time: new Date(NOON) }, 0],
    ['a Date outside', false, { currentTime: new Date(0) }],
    ['a timestamp within, on its own clock', true, { current_time: '2026-01-05T09:30:00+09:00' }, 0],
    ['a timestamp outside, on its own clock', false, { current_time: '2026-01-05T20:30:00+09:00' }],
    ['a Date that is no moment', false, { current_time: new Date(Number.NaN) }],
    ['text that is no timestamp', false, { current_time: 'noon' }],
    ['a number', false, { current_time: NOON }],
  ])('at %s: %s', (_when, permitted, context, now) => {
    expect(permits(label, 'read', context, now ?? NOON)).toBe(permitted);
  });
});

describe('no_pii_export', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['export_report', { contains_pii: true }, false],
    ['EXPORT', { containsPii: 'yes' }, false],
    ['export_report', { contains_pii: false }, true],
    ['export_report', {}, true],
    ['read', { contains_pii: true }, true],
  ])('%s with %o: %s', (action, context, permitted) => {
    expect(permits('no_pii_export', action, context)).toBe(permitted);
  });
});

describe('no_delegation', () => {
  it('allows acting and denies delegating', () => {
    expect(permits('no_delegation', 'write')).toBe(true);
    expect(registry.evaluateDelegation(['no_delegation'], NOON).violations).toEqual([
      { constraint: 'no_delegation', reason: 'the delegator is restricted from delegating' },
    ]);
  });
  it('is the only built-in one that denies delegating', () => {
    const others = ['read_only', 'business_hours_only', 'no_pii_export', 'audit_required'];
    expect(registry.evaluateDelegation(others, 0)).toEqual({ violations: [], unenforced: [] });
  });
});

it('audit_required allows, since nothing runs here without a record', () => {
  expect(judge('audit_required', 'delete_all')).toEqual({ violations: [], unenforced: [] });
});

it('has an evaluator for each built-in label and for no other', () => {
  const known = [
    'read_only',
    'business_hours_only',
    'time_window_x',
    'no_pii_export',
    'no_delegation',
    'audit_required',
  ];
  expect(known.map((label) => builtinConstraintEvaluators().filter((e) => e.matches(label)).length)).toEqual(
    known.map(() => 1),
  );
  expect(
    builtinConstraintEvaluators().some((e) => e.matches('budget_100') || e.matches('read_only_mostly')),
  ).toBe(false);
});

describe('a label that no evaluator enforces', () => {
  it('is reported in addition to the violations', () => {
    const report = registry.evaluate(['budget_100', 'read_only'], {
      action: 'write',
      resource: undefined,
      context: {},
      now: NOON,
    });
    expect(report.unenforced).toEqual(['budget_100']);
    expect(report.violations).toHaveLength(1);
  });

  it('is enforced once there is an evaluator for it', () => {
    const own = new ConstraintRegistry([
      answering(({ action }) => (action === 'spend' ? forbidden('too dear') : PERMITTED)),
    ]);
    const ask = (action: string) =>
      own.evaluate(['limit'], { action, resource: undefined, context: {}, now: NOON });
    expect(ask('spend').violations).toEqual([{ constraint: 'limit', reason: 'too dear' }]);
    expect(ask('save')).toEqual({ violations: [], unenforced: [] });
  });

  it('gives reports of their own, so that changing one does not change the next', () => {
    const first = judge('audit_required', 'read');
    try {
      (first.unenforced as string[]).push('polluted');
    } catch {
      // A frozen report is as good.
    }
    expect(judge('audit_required', 'read').unenforced).toEqual([]);
  });
});

describe('an evaluator', () => {
  const ask = (answer: (request: ConstraintRequest) => unknown) =>
    new ConstraintRegistry([answering(answer)]).evaluate(['limit'], {
      action: 'read',
      resource: 'r',
      context: { a: 1 },
      now: NOON,
    });

  it('gets the label as signed, the action, the resource, the context and the time', () => {
    let seen: ConstraintRequest | undefined;
    const own = new ConstraintRegistry([
      answering((request) => {
        seen = request;
        return PERMITTED;
      }),
    ]);
    own.evaluate(['LIMIT'], { action: 'read', resource: 'r', context: { a: 1 }, now: 5 });
    expect(seen).toEqual({
      label: 'LIMIT',
      action: 'read',
      resource: 'r',
      guarded: false,
      approvedBy: [],
      context: { a: 1 },
      now: 5,
    });
  });

  it('that throws denies, whatever it throws', () => {
    for (const thrown of [new Error('boom'), 'boom', undefined, null]) {
      const { violations } = ask(() => {
        throw thrown;
      });
      expect(violations).toEqual([
        { constraint: 'limit', reason: expect.stringContaining('the evaluator failed') },
      ]);
    }
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['a text', 'permitted'],
    ['an empty object', {}],
    ['a truthy yes', { permitted: 1 }],
    ['a yes as a string', { permitted: 'true' }],
  ])('that returns %s denies', (_what, verdict) => {
    expect(ask(() => verdict).violations).toEqual([
      { constraint: 'limit', reason: 'the evaluator gave no verdict' },
    ]);
    const delegating = new ConstraintRegistry([answering(() => verdict)]).evaluateDelegation(['limit'], NOON);
    expect(delegating.violations).toHaveLength(1);
  });

  it('cannot overrule another: all that match must permit', () => {
    const own = new ConstraintRegistry([answering(() => forbidden('no')), answering(() => PERMITTED)]);
    expect(
      own.evaluate(['limit'], { action: 'x', resource: undefined, context: {}, now: 0 }).violations,
    ).toHaveLength(1);
    const lenient = new (class extends ConstraintEvaluator {
      matches = () => true;
      evaluate = () => PERMITTED;
    })();
    const report = new ConstraintRegistry([lenient]).evaluate(['read_only'], {
      action: 'write',
      resource: undefined,
      context: {},
      now: 0,
    });
    expect(report.violations).toHaveLength(1);
  });

  it('whose matches() throws denies, rather than failing the caller', () => {
    const broken = new (class extends ConstraintEvaluator {
      matches(): boolean {
        throw new Error('boom');
      }
      evaluate = () => PERMITTED;
    })();
    const own = new ConstraintRegistry([broken]);
    const report = own.evaluate(['audit_required'], {
      action: 'read',
      resource: undefined,
      context: {},
      now: 0,
    });
    expect(report.violations).toEqual([
      { constraint: 'audit_required', reason: expect.stringContaining('boom') },
    ]);
    expect(own.evaluateDelegation(['audit_required'], 0).violations).toHaveLength(1);
  });
});
