import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as core from './core-names.js';

type Core = typeof core;

const entry = fileURLToPath(new URL('./core-names.ts', import.meta.url));
const source = (name: string): string => fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url));
let folder: string;
let copies: readonly (readonly [made: Core, asked: Core])[];

/** Two minified bundles of core, as two applications or a plugin and an application would have them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kaizen-eatp-copies-'));
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    external: /^node:/,
    resolve: {
      alias: {
        ...Object.fromEntries(
          ['errors', 'receipt', 'store'].map((name) => [`@kaizen-eatp/core/${name}`, source(name)]),
        ),
        '@kaizen-eatp/core': source('index'),
      },
    },
  });
  const [one, other] = await Promise.all(
    ['one.mjs', 'other.mjs'].map(async (name) => {
      const file = join(folder, name);
      await bundle.write({ file, format: 'esm', minify: true });
      return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Core;
    }),
  );
  await bundle.close();
  copies = [
    [one as Core, other as Core],
    [other as Core, one as Core],
  ];
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const details = { remedy: 'Do it.' };

describe('two minified copies of core', () => {
  it('differ, and their classes have lost their names', () => {
    for (const [made, asked] of copies) {
      expect(made.StoreError).not.toBe(asked.StoreError);
      expect(made.StoreError.name).not.toBe('StoreError');
    }
  });

  it('recognise each other’s errors by instanceof, along the class tree and not across it', () => {
    for (const [made, asked] of copies) {
      const error = new made.TrustChainNotFoundError('agent-bob');
      for (const type of [asked.TrustChainNotFoundError, asked.TrustError, asked.EatpError, Error])
        expect(error).toBeInstanceOf(type);
      for (const type of [asked.StoreError, asked.InvalidTrustChainError, asked.KeyError])
        expect(error).not.toBeInstanceOf(type);
    }
  });

  it('recognise each other’s errors by isEatpError and code', () => {
    for (const [made, asked] of copies) {
      const error: unknown = new made.StoreError('TRAIL_FORK', 's', details);
      expect(asked.isEatpError(error)).toBe(true);
      expect(asked.isEatpError(error, 'TRAIL_FORK')).toBe(true);
      expect(asked.isEatpError(error, 'STORE_FAILED')).toBe(false);
    }
  });

  it('print each other’s errors by their names', () => {
    for (const [made] of copies) {
      const error = new made.StoreError('TRAIL_FORK', 's', details);
      expect(error.name).toBe('StoreError');
      expect(error.stack).toMatch(/^StoreError: s\. Do it\./);
    }
  });

  it('recognise the errors of one plugin that was built with each of them', () => {
    const [[one, other]] = copies as [(typeof copies)[number]];
    const pluginOf = ({ EatpError }: Core) =>
      class extends EatpError {
        static override readonly brand: string = '@acme/plugin:AcmeError';
      };
    const [Ours, Theirs] = [pluginOf(one), pluginOf(other)];
    const error = new Ours('STORE_FAILED', 's', details);
    expect(error).toBeInstanceOf(Theirs);
    expect(error.name).toBe('AcmeError');
    expect(new one.StoreError('STORE_FAILED', 's', details)).not.toBeInstanceOf(Theirs);
  });

  it('pass on each other’s errors as coded errors: a store that throws the other copy’s error', async () => {
    for (const [made, asked] of copies) {
      const error = new made.StoreError('TRAIL_FORK', 's', details);
      const store = Object.assign(new asked.MemoryTrustStore(), { commit: () => Promise.reject(error) });
      await expect(new asked.CheckedStore(store).commit([])).rejects.toBe(error);
    }
  });
});
