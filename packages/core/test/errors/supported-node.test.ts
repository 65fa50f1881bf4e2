import { afterEach, expect, it, vi } from 'vitest';

const real = { ...process.versions };

afterEach(() => vi.unstubAllGlobals());

async function importUnder(versions: Readonly<Record<string, string>> | undefined): Promise<unknown> {
  vi.resetModules();
  const process = versions && Object.create(globalThis.process, { versions: { value: versions } });
  vi.stubGlobal('process', process);
  return import('../../src/errors/supported-node.js').catch((error: unknown) => error);
}

it.each(['18.20.4', '20.18.0', '21.7.3', '22.11.0'])(
  'importing core under Node.js %s fails',
  async (node) => {
    expect(await importUnder({ node })).toMatchObject({
      code: 'NODE_UNSUPPORTED',
      expected: 'Node.js 22.12 or later',
      received: `Node.js ${node}`,
    });
  },
);

it.each<[string, Readonly<Record<string, string>> | undefined]>([
  ['Node.js 22.12', { node: '22.12.0' }],
  ['Node.js 26', { node: '26.0.0' }],
  ['this Node.js', real as Record<string, string>],
  ['another runtime that says it is an old Node.js', { node: '20.0.0', bun: '1.0.0' }],
  ['a browser', undefined],
])('importing core under %s works', async (_name, versions) => {
  expect(await importUnder(versions)).toHaveProperty('UnsupportedNodeError');
});
