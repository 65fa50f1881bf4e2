import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PythonDateTime, PythonDecimal, PythonFloat, spawnPythonAgents } from '@kaizen-eatp/bridge-python';
import { TrustOperations } from '@kaizen-eatp/core';
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
  // Those that are as deep as may be have no room for the argument around them.
  const values = scenarios.values.filter(({ name }) => !name.startsWith('200 levels'));
  expect(values.length).toBeGreaterThan(60);
  for (const { name, typed } of values)
    expect([name, await echo(fromTyped(typed))]).toEqual([name, received(typed)]);
});

it('bytes from Python have memory of their own, and keep no message alive', async () => {
  const echo = await echoAgent();
  const { key } = (await echo({ key: Buffer.alloc(64, 7), rest: 'x'.repeat(100_000) })) as { key: Buffer };
  expect(key.equals(Buffer.alloc(64, 7))).toBe(true);
  expect(key.buffer.byteLength).toBeLessThan(10_000);
});

it('JavaScript’s own values arrive as what they are, or the call fails and says where', async () => {
  const echo = await echoAgent();
  const at = new Date('2026-11-25T12:34:56.789Z');
  const back = (await echo({
    at,
    price: new PythonDecimal('10.20'),
    one: new PythonFloat(1),
    gone: undefined,
  })) as {
    at: PythonDateTime;
  };
  expect(back).toEqual({
    at: new PythonDateTime('2026-11-25T12:34:56.789000+00:00'),
    price: new PythonDecimal('10.20'),
    one: 1,
  });
  expect(back.at.toDate()).toEqual(at);
  for (const [value, where] of [
    [{ a: [{ b: () => 1 }] }, '$.value.a[0].b'],
    [new Set([1]), '$.value'],
    ['\ud800', '$.value'],
  ] as const) {
    await expect(echo(value)).rejects.toMatchObject({
      cause: { code: 'VALUE_NOT_TRANSFERABLE', message: expect.stringContaining(where) },
    });
  }
});
