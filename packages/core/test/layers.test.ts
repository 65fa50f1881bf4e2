import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The order of core's folders: each imports only from those before it. */
const LAYERS = [
  'errors',
  'wire',
  'secrets',
  'values',
  'signing',
  'chain',
  'store',
  'constraints',
  'trust',
  'receipt',
  'invocation',
  'agent',
  'pattern',
  'runtime',
  'workflow',
  'deployment',
  'container',
];

/** The entry points of core, one file each. They may import from every folder. */
const ENTRIES = [
  'checkpoints.ts',
  'container.ts',
  'durable.ts',
  'errors.ts',
  'index.ts',
  'plugin.ts',
  'receipt.ts',
  'records.ts',
  'store.ts',
];

const packages = fileURLToPath(new URL('../../', import.meta.url));
const present = readdirSync(packages, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name);

function sourcesOf(name: string): string[] {
  const root = resolve(packages, name, 'src');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?tsx?$/.test(file))
    .map((file) => resolve(root, file));
}

/** Returns the imports and re-exports of a source file, types and dynamic imports included. Comments do not count. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(,])\/\/.*$/gm, '');
  const statement = /\b(?:import|export)\b(?:[\s\w*{},$]*?\bfrom)?\s*(['"])([^'"\n]+)\1/g;
  const call = /\b(?:import|require)\s*\(\s*(['"`])([^'"`\n]+)\1/g;
  return [...code.matchAll(statement), ...code.matchAll(call)].map((match) => match[2] as string);
}

/** The package of a specifier, without the subpath. */
const packageOf = (specifier: string): string => specifier.split('/').slice(0, 2).join('/');

const layerOf = (file: string): string | undefined => {
  const [folder, ...rest] = relative(resolve(packages, 'core', 'src'), file).split(sep);
  return rest.length > 0 ? folder : undefined;
};

describe('importsOf', () => {
  it('finds every way to import', () => {
    const text = `
      import a from 'a'; import type { B } from "b"; import { c,
        type D } from './c.js'; import 'd'; export * from './e.js'; export type { F } from './f.js';
      import * as g from 'g'; const h = await import('h'); type I = import('i').I; export { j as k } from 'j';
      // import x from 'no';
      /* import y from 'no'; */`;
    const found = ['a', 'b', './c.js', 'd', './e.js', './f.js', 'g', 'j', 'h', 'i'];
    expect(importsOf(text)).toEqual(found);
  });
});

describe('inside core', () => {
  const sources = sourcesOf('core').map((file) => ({
    file,
    layer: layerOf(file),
    imports: importsOf(readFileSync(file, 'utf8')),
  }));

  it('every folder is a known layer', () => {
    const folders = new Set(sources.flatMap(({ layer }) => layer ?? []));
    expect([...folders].filter((folder) => !LAYERS.includes(folder))).toEqual([]);
    expect(
      sources.filter(({ layer }) => layer === undefined).map(({ file }) => relative(packages, file)),
    ).toEqual(ENTRIES.map((file) => ['core', 'src', file].join(sep)).sort());
  });

  it('a folder imports only from folders to its left', () => {
    const wrong: string[] = [];
    let crossings = 0;
    for (const { file, layer, imports } of sources) {
      for (const specifier of imports.filter((s) => s.startsWith('.'))) {
        if (layer === undefined) continue;
        const target = layerOf(resolve(dirname(file), specifier));
        if (target === layer) continue;
        crossings++;
        if (target === undefined || LAYERS.indexOf(target) >= LAYERS.indexOf(layer)) {
          wrong.push(`${relative(packages, file)} imports ${specifier}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(crossings).toBeGreaterThan(100);
  });
});

describe('between packages', () => {
  const ALLOWED: Record<string, readonly string[]> = Object.fromEntries(
    present.map((name) => [name, name === 'core' ? [] : ['@kaizen-eatp/core']]),
  );
  // The fence of an engine is checked by the store whose commits carry it.
  if (ALLOWED['engine-postgres'])
    ALLOWED['engine-postgres'] = ['@kaizen-eatp/core', '@kaizen-eatp/store-postgres'];
  // The command line is an application: it puts the packages together.
  ALLOWED.cli = present.filter((name) => name !== 'cli').map((name) => `@kaizen-eatp/${name}`);

  it.each(present)(
    '%s imports of ours nothing but core, core nothing, and the command line what it needs',
    (name) => {
      const wrong: string[] = [];
      for (const file of sourcesOf(name)) {
        for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
          const isOurs =
            specifier.startsWith('@kaizen-eatp/') && !ALLOWED[name]?.includes(packageOf(specifier));
          const leaves =
            specifier.startsWith('.') &&
            relative(resolve(packages, name, 'src'), resolve(dirname(file), specifier)).startsWith('..');
          if (isOurs || leaves) wrong.push(`${relative(packages, file)} imports ${specifier}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each(present)('%s declares no dependency of ours but core; testing is for development only', (name) => {
    const manifest = JSON.parse(readFileSync(resolve(packages, name, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const ours = (field: string): string[] =>
      Object.keys(manifest[field] ?? {}).filter((d) => d.startsWith('@kaizen-eatp/'));
    for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
      expect(
        ours(field).filter((d) => !ALLOWED[name]?.includes(d)),
        field,
      ).toEqual([]);
    }
    expect(
      ours('devDependencies').filter(
        (d) => !['@kaizen-eatp/testing', '@kaizen-eatp/core', ...(ALLOWED[name] ?? [])].includes(d),
      ),
    ).toEqual([]);
  });
});
