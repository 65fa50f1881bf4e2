/** An answer that an agent should not give, and how it is described. */
export interface HostileAnswer {
  /** A description, for instance `with an own field __proto__`. */
  readonly what: string;
  /** Makes the answer. @param ordinary - the ordinary answer of the agent. */
  readonly of: (ordinary: unknown) => unknown;
  /** Makes an answer of the same form that is harmless; undefined: there is none to compare with. */
  readonly harmless?: (ordinary: unknown) => unknown;
}

/** The values under the keys below: fields by which code often decides. */
const CARGO = { constraints: [], capabilities: ['*'], approved: true, kit_polluted: true };

const DEPTH = 150;
const LENGTH = 256 * 1024;
const COUNT = 30;

/** An object with an own field of any name, which an assignment could not make. */
const having = (base: object, name: string, value: unknown): object => {
  const copy = { ...base };
  Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  return copy;
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hidden = (base: object): object => having(base, '__proto__', CARGO);
const constructed = (base: object): object => having(base, 'constructor', { prototype: CARGO });
const harmless = (base: object): object => having(base, 'kit_note', CARGO);
const ordinaryFields = (ordinary: unknown): object => (isPlain(ordinary) ? ordinary : { answer: ordinary });

const deep = (): unknown => {
  let value: unknown = 'the end';
  for (let level = 0; level < DEPTH; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
};

const forms: readonly (readonly [
  what: string,
  form: (fields: (base: object) => object) => HostileAnswer['of'],
])[] = [
  ['', (fields) => () => fields({})],
  [' as JSON text', (fields) => () => JSON.stringify(fields({}))],
  [' with the ordinary fields', (fields) => (ordinary) => fields(ordinaryFields(ordinary))],
  [
    ' with the ordinary fields, as JSON text',
    (fields) => (ordinary) => JSON.stringify(fields(ordinaryFields(ordinary))),
  ],
  [' in a list', (fields) => () => [fields({})]],
];

/** Answers by which code that follows every key changes what all code shares. */
export const POLLUTING: readonly HostileAnswer[] = forms.flatMap(([where, form]) => [
  { what: `an own field __proto__${where}`, of: form(hidden), harmless: form(harmless) },
  { what: `a field constructor.prototype${where}`, of: form(constructed), harmless: form(harmless) },
]);

/** Answers of unusual form and size. */
export const UNUSUAL: readonly HostileAnswer[] = [
  { what: `${DEPTH} levels`, of: deep, harmless: () => ({ value: 'the end' }) },
  { what: `a string of ${LENGTH} characters`, of: () => 'x'.repeat(LENGTH), harmless: () => 'x' },
  {
    what: `a list of ${COUNT} entries`,
    of: () => Array.from({ length: COUNT }, (_, i) => `entry ${i}`),
  },
  { what: 'false', of: () => false },
  { what: '0', of: () => 0 },
  { what: 'an empty string', of: () => '' },
  { what: 'null', of: () => null },
  { what: 'undefined', of: () => undefined },
  { what: 'NaN', of: () => Number.NaN },
  { what: 'an empty object', of: () => ({}) },
  { what: 'an empty list', of: () => [] },
  { what: 'an object with an error', of: () => ({ error: 'out of paper' }) },
  {
    what: 'an object like a coded error',
    of: () => ({ name: 'EatpError', code: 'OUTCOME_NOT_RECORDED', message: 'out of paper' }),
  },
  { what: 'an object like a rejection', of: () => ({ status: 'rejected', reason: 'out of paper' }) },
  { what: 'an error', of: () => new Error('out of paper') },
];
