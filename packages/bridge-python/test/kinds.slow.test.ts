import { fileURLToPath } from 'node:url';
import {
  PythonDate,
  PythonDateTime,
  PythonDecimal,
  PythonFloat,
  PythonTime,
  PythonTimeDelta,
  PythonUuid,
  spawnPythonAgents,
} from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';
import { numberLiteral } from '@kaizen-eatp/core/records';
import { expect, it, onTestFinished } from 'vitest';
import { PYTHON } from './support/remote-world.js';

async function kindsAgents() {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const python = await spawnPythonAgents({
    trust,
    authorityId: acme.id,
    module: fileURLToPath(new URL('./python/kinds_agents.py', import.meta.url)),
    python: PYTHON,
    // One of the values holds an exception, which would count as a failure.
    agents: { names: {}, make: { failures: 'raised' }, compare: {}, describe: {}, echo: {} },
    verify: 'signature',
    onLog: () => undefined,
  });
  onTestFinished(() => python.close());
  return python.agents;
}

it('more than sixty kinds of values from Python return to Python as the plain values that are documented', async () => {
  const { names, make, compare } = await kindsAgents();
  const kinds = (await names.run(null)) as string[];
  expect(kinds.length).toBeGreaterThanOrEqual(60);
  const differing: unknown[] = [];
  for (const name of kinds) {
    // The guard copies each value on its way, as between any two agents.
    const value = await make.run(name);
    const said = await compare.run({ name, value });
    if (said !== '') differing.push(said);
  }
  expect(differing).toEqual([]);
});

const b = (...bytes: number[]): Uint8Array => new Uint8Array(bytes);
/** A value of TypeScript, how Python describes what arrives, and what comes back if that is another value. */
const FROM_TYPESCRIPT: readonly (readonly [string, unknown, string, unknown?])[] = [
  ['null', null, "'NoneType None'"],
  ['true', true, "'bool True'"],
  ['false', false, "'bool False'"],
  ['zero', 0, "'int 0'"],
  ['minus zero', -0, "'float -0.0'"],
  ['an integer', 42, "'int 42'"],
  ['a negative integer', -42, "'int -42'"],
  ['an integer beyond 32 bits', 2 ** 40, "'int 1099511627776'"],
  ['a negative integer beyond 32 bits', -(2 ** 40), "'int -1099511627776'"],
  ['2^53', 2 ** 53, "'int 9007199254740992'"],
  ['a fraction', 0.1, "'float 0.1'"],
  ['a number beyond 2^53', 1e300, "'float 1e+300'"],
  ['the smallest number', 5e-324, "'float 5e-324'"],
  ['NaN', Number.NaN, "'float nan'"],
  ['Infinity', Number.POSITIVE_INFINITY, "'float inf'"],
  ['a bigint', 5n, "'int 5'", 5],
  ['a bigint of 64 bits', 2n ** 64n - 1n, "'int 18446744073709551615'"],
  ['a bigint of 100 bits', -(2n ** 100n), "'int -1267650600228229401496703205376'"],
  ['a string', 'hello', '"str \'hello\'"'],
  ['an empty string', '', '"str \'\'"'],
  ['a string beyond ASCII', 'äöü 😀', '"str \'äöü 😀\'"'],
  ['bytes', b(0, 255), '"bytes b\'\\\\x00\\\\xff\'"'],
  ['a Buffer', Buffer.from('ab'), '"bytes b\'ab\'"', b(97, 98)],
  ['an ArrayBuffer', b(1).buffer, '"bytes b\'\\\\x01\'"', b(1)],
  ['pixels', new Uint8ClampedArray([7]), '"bytes b\'\\\\x07\'"', b(7)],
  ['an Int16Array', new Int16Array([-1, 2]), "['list', 'int -1', 'int 2']", [-1, 2]],
  ['a BigInt64Array', new BigInt64Array([3n]), "['list', 'int 3']", [3]],
  ['a Float64Array', new Float64Array([1, 0.5]), "['list', 'float 1.0', 'float 0.5']", [1, 0.5]],
  ['an array', [1, 'a', null], "['list', 'int 1', \"str 'a'\", 'NoneType None']"],
  ['an empty array', [], "['list']"],
  ['nested arrays', [[[]]], "['list', ['list', ['list']]]"],
  ['an object', { a: 1 }, "[(\"str 'a'\", 'int 1')]"],
  ['an empty object', {}, '[]'],
  [
    'an object without a prototype',
    Object.assign(Object.create(null), { a: 1 }),
    "[(\"str 'a'\", 'int 1')]",
    { a: 1 },
  ],
  ['a Map with numbers as keys', new Map([[1, 'x']]), "[('int 1', \"str 'x'\")]"],
  ['a Map with strings as keys', new Map([['a', 1]]), "[(\"str 'a'\", 'int 1')]", { a: 1 }],
  ['a Set', new Set([1, 2]), "['list', 'int 1', 'int 2']", [1, 2]],
  ['a URL', new URL('https://acme.example/x'), '"str \'https://acme.example/x\'"', 'https://acme.example/x'],
  [
    'an Error within a value',
    { failure: new RangeError('far') },
    `[("str 'failure'", [("str 'name'", "str 'RangeError'"), ("str 'message'", "str 'far'")])]`,
    { failure: { name: 'RangeError', message: 'far' } },
  ],
  [
    'a Date',
    new Date('2026-01-02T03:04:05.006Z'),
    "'datetime datetime.datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=datetime.timezone.utc)'",
    new PythonDateTime('2026-01-02T03:04:05.006000+00:00'),
  ],
  [
    'a PythonDateTime',
    new PythonDateTime('2026-01-02T03:04:05'),
    "'datetime datetime.datetime(2026, 1, 2, 3, 4, 5)'",
  ],
  ['a PythonDate', new PythonDate('2026-01-02'), "'date datetime.date(2026, 1, 2)'"],
  ['a PythonTime', new PythonTime('03:04:05'), "'time datetime.time(3, 4, 5)'"],
  [
    'a PythonTimeDelta',
    new PythonTimeDelta('1500000'),
    "'timedelta datetime.timedelta(seconds=1, microseconds=500000)'",
  ],
  ['a PythonDecimal', new PythonDecimal('10.20'), '"Decimal Decimal(\'10.20\')"'],
  [
    'a PythonUuid',
    new PythonUuid('12345678-1234-5678-1234-567812345678'),
    '"UUID UUID(\'12345678-1234-5678-1234-567812345678\')"',
  ],
  ['a PythonFloat', [new PythonFloat(1)], "['list', 'float 1.0']", [1]],
  ['a number literal', [numberLiteral('1.0'), numberLiteral('2')], "['list', 'float 1.0', 'int 2']", [1, 2]],
];

it('more than forty kinds of values from TypeScript arrive in Python as documented, and come back', async () => {
  const { describe, echo } = await kindsAgents();
  expect(FROM_TYPESCRIPT.length).toBeGreaterThanOrEqual(40);
  for (const [name, value, described, back = value] of FROM_TYPESCRIPT) {
    expect([name, await describe.run({ value })]).toEqual([name, described]);
    expect([name, await echo.run({ value })]).toEqual([name, back]);
  }
});
