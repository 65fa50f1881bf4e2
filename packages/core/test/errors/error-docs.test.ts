import { readFileSync } from 'node:fs';
import * as bridge from '@kaizen-eatp/bridge-python';
import * as patterns from '@kaizen-eatp/patterns';
import * as registry from '@kaizen-eatp/registry';
import * as postgres from '@kaizen-eatp/store-postgres';
import * as sqlite from '@kaizen-eatp/store-sqlite';
import { describe, expect, it } from 'vitest';
import { ERROR_DOCS, errorCodeTables, withErrorCodes } from '../../../../scripts/error-docs.ts';
import * as core from './core-names.js';
import { sourcesWithErrorCodes } from './sources-with-codes.js';

const tables = await errorCodeTables();
const all = Object.values(tables).flatMap((table) => Object.entries(table));

describe('the descriptions of the error codes', () => {
  it('are those that docs/errors.md has; run `npm run make:error-docs` after a change', async () => {
    const docs = readFileSync(ERROR_DOCS, 'utf8');
    expect(await withErrorCodes(docs)).toBe(docs);
  });

  it('exist for each package that has codes of its own', () => {
    expect(Object.keys(tables).sort()).toEqual(['bridge-python', 'cli', 'core', 'patterns']);
    expect(tables.core).toEqual(core.ERROR_CODE_TEXTS);
  });

  it('give each code a meaning, a cause and a remedy in sentences', () => {
    for (const [code, text] of all)
      for (const part of ['meaning', 'cause', 'remedy'] as const)
        expect(text[part], `${code}.${part}`).toMatch(/^[A-Z].{10,}\.$/);
  });

  it('are all different, and so are the codes', () => {
    const meanings = all.map(([, { meaning }]) => meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
    const texts = all.map(([, { cause, remedy }]) => `${cause} ${remedy}`);
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(all.map(([code]) => code)).size).toBe(all.length);
  });
});

const packages = { core, patterns, registry, bridge, sqlite, postgres };
const errorClasses = Object.entries(packages).flatMap(([from, exported]) =>
  Object.entries(exported).flatMap(([name, value]) =>
    typeof value === 'function' && (value === core.EatpError || value.prototype instanceof Error)
      ? [[name, from, value as typeof core.EatpError] as const]
      : [],
  ),
);

function ancestorsOf(errorClass: object): object[] {
  const parent = Object.getPrototypeOf(errorClass) as object | null;
  return parent ? [parent, ...ancestorsOf(parent)] : [];
}

describe('an error class that a package exports', () => {
  it.each(errorClasses)('%s (%s) is an EatpError with a brand of its own', (name, _from, errorClass) => {
    expect([errorClass, ...ancestorsOf(errorClass)]).toContain(core.EatpError);
    expect(Object.hasOwn(errorClass, 'brand')).toBe(true);
    expect(errorClass.brand).toMatch(new RegExp(`^@kaizen-eatp/[a-z-]+:${name}$`));
  });

  it('has a brand that no other class has', () => {
    const brands = new Map(errorClasses.map(([, , errorClass]) => [errorClass, errorClass.brand]));
    expect(new Set(brands.values()).size).toBe(brands.size);
    expect(brands.size).toBeGreaterThan(30);
  });
});

it('every code that a source gives to an error is described', () => {
  const known = new Set(all.map(([code]) => code));
  const used = sourcesWithErrorCodes();
  expect(used.length).toBeGreaterThan(40);
  expect(used.filter((code) => !known.has(code))).toEqual([]);
});
