import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PythonDateTime, PythonDecimal, PythonFloat, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { opaque, TrustOperations } from '@kaizen-eatp/core';
import { captureValue, numberLiteral } from '@kaizen-eatp/core/records';
import { expect, it, onTestFinished } from 'vitest';
import { PYTHON } from './support/remote-world.js';
import { fromTyped, received, type Typed } from './support/typed-values.js';

const MODULE = fileURLToPath(new URL('./python/long_agents.py', import.meta.url));
const scenarios = JSON.parse(
  readFileSync(new URL('../protocol/scenarios.json', import.meta.url), 'utf8'),
) as { values: { name: string; typed: Typed }[] };

async function echoAgent() {
  const trust = new TrustOperations();
  const acme = await trust.createEnterpriseAuthority({ name: 'ACME' });
  const python = await spawnPythonAgents({
    trust,
    authorityId: acme.id,
    module: MODULE,
    python: PYTHON,
    agents: ['echo'],
    verify: 'signature',
    onLog: () => undefined,
  });
  onTestFinished(() => python.close());
  return (value: unknown): Promise<unknown> => python.agents.echo.run({ value });
}

it('every value of the protocol comes back from Python as it went', async () => {
  const echo = await echoAgent();
  // The deepest values allowed have no room for the argument around them.
  const values = scenarios.values.filter(({ name }) => !name.startsWith('200 levels'));
  expect(values.length).toBeGreaterThan(60);
  // The guard gives each receiver a copy, in which bytes are a plain Uint8Array.
  for (const { name, typed } of values)
    expect([name, await echo(fromTyped(typed))]).toEqual([name, captureValue(received(typed), name).value]);
});

it('bytes from Python have memory of their own, and keep no message alive', async () => {
  const echo = await echoAgent();
  const sent = { key: Buffer.alloc(64, 7), rest: 'x'.repeat(100_000) };
  const { key } = (await echo(sent)) as { key: Uint8Array };
  expect(Buffer.from(key)).toEqual(sent.key);
  expect(key.buffer.byteLength).toBeLessThan(10_000);
});

it('JavaScript’s own values arrive as what they are, or the call fails and says where', async () => {
  const echo = await echoAgent();
  const at = new Date('2026-11-25T12:34:56.789Z');
  const back = (await echo({
    at,
    price: new PythonDecimal('10.20'),
    one: new PythonFloat(1),
    literal: numberLiteral('1.0'),
    large: numberLiteral('12345678901234567890'),
    items: new Set(['a', 1]),
    home: new URL('https://acme.example/a b'),
    failure: new TypeError('no'),
    numbers: new Float32Array([0.5, 2]),
    bytes: new Uint8Array([1, 2]).buffer,
  })) as {
    at: PythonDateTime;
  };
  expect(back).toEqual({
    at: new PythonDateTime('2026-11-25T12:34:56.789000+00:00'),
    price: new PythonDecimal('10.20'),
    one: 1,
    literal: 1,
    large: 12345678901234567890n,
    items: ['a', 1],
    home: 'https://acme.example/a%20b',
    failure: { name: 'TypeError', message: 'no' },
    numbers: [0.5, 2],
    bytes: new Uint8Array([1, 2]),
  });
  expect(back.at.toDate()).toEqual(at);
  for (const [value, where] of [
    [{ a: [{ b: undefined }] }, '$.value.a[0].b'],
    [{ a: opaque({}) }, '$.value.a'],
    ['\ud800', '$.value'],
  ] as const) {
    await expect(echo(value)).rejects.toMatchObject({
      cause: { code: 'VALUE_NOT_TRANSFERABLE', message: expect.stringContaining(where) },
    });
  }
});
