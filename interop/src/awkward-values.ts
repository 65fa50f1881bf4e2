import { numberLiteral } from '@kaizen-eatp/core/records';

/** Numbers and strings that the two languages write differently, as a TypeScript user would pass them. */
export const AWKWARD_METADATA = {
  département: 'données 😀 ﬁ漢字',
  'quote"back\\slash/': 'tab\t\u2028\u0000\u007f',
  lone: '\ud800',
  one: numberLiteral('1.0'),
  half: 1.5,
  small: 1e-5,
  big: 1e22,
  minusZero: -0,
  exact: 2n ** 63n + 11n,
  negative: -(2n ** 70n),
  largest: Number.MAX_VALUE,
  smallest: Number.MIN_VALUE,
  whole: 100,
  deep: [[{ '😀': [null, true, false, {}, []] }]],
  '10': 'a key like an index',
  '2': 'another',
} as const;

/** The same kinds of value in JSON, as the reference writes them. */
export const AWKWARD_JSON =
  '{"département": "données \\ud83d\\ude00 ﬁ漢字", "lone": "\\ud800", "one": 1.0, "half": 1.5, "small": 1e-05, ' +
  '"tiny": 1.5e-10, "big": 1e+22, "minus_zero": -0.0, "exact": 9223372036854775819, "negative": -1180591620717411303424, ' +
  '"largest": 1.7976931348623157e+308, "smallest": 5e-324, "whole": 100, "deep": [[{"😀": [null, true, {}, []]}]], ' +
  '"10": "a", "2": "b", "\\u007f": "\\u0000"}';

export const ALICE = {
  humanId: 'alice@corp.example',
  displayName: 'Alice é',
  authProvider: 'okta',
  sessionId: 'session-1',
  authenticatedAt: '2026-01-02T03:04:05.000060+00:00',
} as const;

export const FUTURE = '2099-06-30T12:00:00.000001+00:00';
export const FUTURE_OFFSET = '2099-01-01T00:00:00+05:30';
