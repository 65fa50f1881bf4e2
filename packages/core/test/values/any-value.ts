import { isDeepStrictEqual } from 'node:util';
import { numberLiteral } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { defineValueClass } from '../../src/values/index.js';

/** A class of a user whose instances are values. */
export class Money {
  constructor(
    readonly amount: string,
    readonly currency: string,
  ) {}
}
defineValueClass(Money, {
  name: 'test.money',
  write: ({ amount, currency }) => JSON.stringify([amount, currency]),
  read: (text) => new Money(...(JSON.parse(text) as [string, string])),
});

/** Names that mean something to JavaScript or to the tagged form. */
const NAMES = [
  'a',
  'b',
  '',
  '$eatp',
  '$$eatp',
  '$eatpx',
  'eatp',
  '__proto__',
  'constructor',
  'toString',
  'length',
  '10',
];
const TEXTS = ['', 'a', 'undefined', 'NaN', '1', '$eatp', 'bigint', '\ud800', '漢', '-0'];

const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 5 }));
const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 8 }));
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, 2 ** 53, 1e21, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const jsonScalar = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);

/** Makes an object that has each name as a property of its own, `__proto__` too. */
export const objectOf = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(entries);

const objects = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.uniqueArray(fc.tuple(name, item), { maxLength: 4, selector: ([key]) => key }).map(objectOf);

/** Plain JSON. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    jsonScalar,
    fc.array(tie('value'), { maxLength: 4 }),
    objects(tie('value')),
  ),
})).value;

const bytes = fc.uint8Array({ maxLength: 12 });
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  jsonScalar,
  number,
  fc.constant(undefined),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  fc.constantFrom('1.0', '1e5', '12345678901234567890', '-0.0').map(numberLiteral),
  bytes,
  bytes.map((b) => b.slice().buffer),
  bytes.map((b) => new Int16Array(b.slice(0, b.length & ~1).buffer)),
  fc.date({ noInvalidDate: true }),
  fc.webUrl().map((url) => new URL(url)),
  fc.tuple(fc.constantFrom('Error', 'TypeError', 'x'), text).map(([errorName, message]) => {
    const error = new Error(message);
    if (errorName !== 'Error') Object.defineProperty(error, 'name', { value: errorName });
    return error;
  }),
  fc.tuple(text, text).map(([amount, currency]) => new Money(amount, currency)),
);

/** Any value that `captureValue` accepts and a journal can keep. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    objects(tie('value')),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
  ),
})).value;

/** Whether a name is changed by the tagged form. */
export const hasTagName = (value: unknown): boolean => JSON.stringify(value).includes('eatp"');

/** Whether two values are equal, each in kind and content. */
export const isSame = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b);
