import { ConstraintEvaluator, ConstraintRegistry, PERMITTED } from '@kaizen-eatp/core/plugin';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const THEN = 'then';

class Answering extends ConstraintEvaluator {
  constructor(private readonly answer: () => unknown) {
    super();
  }
  matches(label: string) {
    return label === 'limit';
  }
  evaluate() {
    return this.answer() as never;
  }
  override evaluateDelegation() {
    return this.answer() as never;
  }
}

const ask = (answer: () => unknown) =>
  new ConstraintRegistry([new Answering(answer)]).evaluate(['limit'], { action: 'read', now: 0 }).violations;

describe('an asynchronous evaluator', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => void process.off('unhandledRejection', note));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const denial = [
    { constraint: 'limit', reason: 'the evaluator returned a promise; evaluators answer synchronously' },
  ];

  it.each<[string, () => unknown]>([
    ['a promise of a yes', async () => PERMITTED],
    ['a promise that rejects', async () => Promise.reject(new Error('boom'))],
    [
      'a rejecting promise that claims to be a yes',
      () => Object.assign(Promise.reject(new Error('x')), PERMITTED),
    ],
    [
      'a rejecting promise that hides its then',
      () => Object.assign(Promise.reject(new Error('x')), { permitted: true, [THEN]: undefined }),
    ],
    ['a thenable', () => ({ permitted: true, [THEN]: () => undefined })],
    ['a thenable function', () => Object.assign(() => PERMITTED, { [THEN]: () => undefined })],
  ])('that returns %s denies without an unhandled rejection', async (_what, answer) => {
    expect(ask(answer)).toEqual(denial);
    await settle();
    expect(unhandled).toEqual([]);
  });

  it('denies a delegation without an unhandled rejection', async () => {
    const registry = new ConstraintRegistry([new Answering(async () => Promise.reject(new Error('boom')))]);
    expect(registry.evaluateDelegation(['limit'], 0).violations).toEqual(denial);
    await settle();
    expect(unhandled).toEqual([]);
  });

  it('whose matches() or findProblem() is asynchronous denies without an unhandled rejection', async () => {
    const rejecting = (async () => Promise.reject(new Error('boom'))) as never;
    const matches = new Answering(() => PERMITTED);
    matches.matches = rejecting;
    expect(
      new ConstraintRegistry([matches]).evaluate(['x'], { action: 'a', now: 0 }).violations,
    ).toHaveLength(1);
    const findProblem = new Answering(() => PERMITTED);
    findProblem.findProblem = rejecting;
    expect(new ConstraintRegistry([findProblem]).findProblem(['limit'])?.label).toBe('limit');
    await settle();
    expect(unhandled).toEqual([]);
  });
});

describe('a hostile verdict', () => {
  it('that changes between two looks is read once', () => {
    let looks = 0;
    const verdict = {
      get permitted() {
        return ++looks > 1;
      },
      reason: 'first look',
    };
    expect(ask(() => verdict)).toEqual([{ constraint: 'limit', reason: 'first look' }]);
    expect(looks).toBe(1);
  });

  it.each<[string, () => unknown]>([
    [
      'a getter that throws',
      () => ({
        get permitted() {
          throw new Error('boom');
        },
      }),
    ],
    [
      'a proxy whose every trap throws',
      () =>
        new Proxy(
          {},
          {
            get() {
              throw new Error('boom');
            },
            getPrototypeOf() {
              throw new Error('boom');
            },
          },
        ),
    ],
    [
      'what cannot even be described',
      () => {
        throw { toString: () => ({}) };
      },
    ],
  ])('with %s denies', (_what, answer) => {
    expect(ask(answer)).toEqual([
      { constraint: 'limit', reason: expect.stringContaining('the evaluator failed') },
    ]);
  });

  it('with a reason that is no string, or a very long one, still denies with a short string', () => {
    expect(ask(() => ({ permitted: false, reason: { toString: () => 'x' } }))[0]?.reason).toBe(
      'the evaluator gave no reason',
    );
    expect(ask(() => ({ permitted: false, reason: 'x'.repeat(5000) }))[0]?.reason).toHaveLength(1000);
  });

  it('cannot change the verdict that permits', () => {
    expect(() => Object.assign(PERMITTED, { permitted: false })).toThrow(TypeError);
  });
});

describe('the list of evaluators', () => {
  it('is copied by index, whatever its own methods return', () => {
    const list = [new Answering(() => ({ permitted: false, reason: 'no' }))];
    Object.assign(list, { [Symbol.iterator]: function* () {}, map: () => [], flatMap: () => [] });
    const registry = new ConstraintRegistry(list);
    list.length = 0;
    expect(registry.evaluate(['limit'], { action: 'a', now: 0 }).violations).toHaveLength(1);
  });

  it('is asked once for each label whether it matches, and only those that match evaluate', () => {
    let matches = 0;
    let evaluations = 0;
    const counting = new (class extends ConstraintEvaluator {
      matches(label: string) {
        matches++;
        return label === 'mine';
      }
      evaluate() {
        evaluations++;
        return PERMITTED;
      }
    })();
    const registry = new ConstraintRegistry([counting]);
    for (let i = 0; i < 100; i++) registry.evaluate(['mine', 'other'], { action: 'a', now: 0 });
    expect([matches, evaluations]).toEqual([2, 100]);
  });
});
