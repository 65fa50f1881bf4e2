import fc from 'fast-check';

/** One seed, so that a failure here is a failure everywhere. */
export const SEED = 20_261_122;

/** Any text of UTF-16 units, lone surrogates included, often with those that escape or sort specially. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        '\ud83d',
        '\ude00',
        '\ufffe',
        '\ue000',
        'ﬁ',
        'e\u0301',
        '\u2028',
        '"',
        '\\',
        '\u007f',
        '\u0000',
      ),
      { maxLength: 6 },
    )
    .map((units) => units.join('')),
);
const anyKey = fc.oneof(
  anyText,
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'rawJSON', '10', '2', '', 'a', 'A'),
);
const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.constantFrom(
    -0,
    1e-5,
    9.999e-5,
    1e-4,
    1e15,
    1e16,
    1e21,
    1e22,
    2 ** 53,
    5e-324,
    Number.MAX_VALUE,
    2n ** 63n,
  ),
);

/** Values that a user can pass as a member of metadata or context. */
export const { value: anyValue } = fc.letrec<{
  value: unknown;
  list: unknown[];
  object: Record<string, unknown>;
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false),
    anyNumber,
    anyText,
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(anyKey, tie('value'), { maxKeys: 5 }),
}));
/** Objects that a user can pass as metadata, scope or context. */
export const anyObject = fc.dictionary(anyKey, anyValue, { maxKeys: 6 });
