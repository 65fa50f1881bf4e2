import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { PackageApi } from '../tools/packages/src/api-report.js';
import { packagesOf } from '../tools/packages/src/entries.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const packages = packagesOf(root).map(({ folder }) => folder);
const apis = new Map<string, PackageApi>();
const apiOf = (folder: string): PackageApi => apis.get(folder) as PackageApi;
const pinned = (file: string): string => readFileSync(join(root, 'etc/api', file), 'utf8');
const UPDATE = 'If the change is meant, run `npm run api:update` and add a changeset.';

beforeAll(async () => {
  // The reports are made of what a consumer's compiler reads, so that has to be there and up to date.
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-b'], { cwd: root }).catch((error) => {
    throw new Error(`The packages do not build:\n${error.stdout}`);
  });
  for (const folder of packages) apis.set(folder, new PackageApi(root, folder));
}, 120_000);

describe('the exports of', () => {
  it.each(packages)('%s are those in etc/api, types included', (folder) => {
    for (const [file, report] of apiOf(folder).reports()) expect(report, UPDATE).toBe(pinned(file));
  });

  it('removed entry points are not in etc/api any more', () => {
    const reports = [...apis.values()].flatMap((api) => api.entries.map(({ report }) => report));
    expect(readdirSync(join(root, 'etc/api')).sort()).toEqual(reports.sort());
  });
});

describe("core's root", () => {
  it('exports at most 90 names', () => {
    const entry = apiOf('core').entries.find(({ subpath }) => subpath === '.');
    const names = apiOf('core')
      .exportsOf(entry!)
      .map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names.length).toBeLessThanOrEqual(90);
  });

  it('shares no name with a subpath, nor do two subpaths share one', () => {
    const homes = new Map<string, string[]>();
    for (const entry of apiOf('core').entries)
      for (const { name } of apiOf('core').exportsOf(entry))
        homes.set(name, [...(homes.get(name) ?? []), entry.subpath]);
    expect([...homes].filter(([, subpaths]) => subpaths.length > 1)).toEqual([]);
  });
});

describe('every exported name and field of core', () => {
  it('has a doc comment, except those in etc/undocumented.txt, a list that only gets shorter', () => {
    const allowed = readFileSync(join(root, 'etc/undocumented.txt'), 'utf8').split('\n').filter(Boolean);
    const missing = apiOf('core').undocumented();
    expect(
      missing.filter((each) => !allowed.includes(each)),
      'Write a doc comment.',
    ).toEqual([]);
    expect(
      allowed.filter((each) => !missing.includes(each)),
      'These have one now: npm run api:update takes them off the list.',
    ).toEqual([]);
  });
});
