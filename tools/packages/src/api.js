#!/usr/bin/env node
// `npm run api:update` writes etc/api again from the built packages. The test `test/api.test.ts` compares the two.
// With `--baseline`, etc/undocumented.txt is written again too; without it, that list only gets shorter.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PackageApi } from './api-report.js';
import { packagesOf } from './entries.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'etc', 'api');
const baseline = join(root, 'etc', 'undocumented.txt');

const apis = new Map(packagesOf(root).map((each) => [each.folder, new PackageApi(root, each.folder)]));
const reports = new Map([...apis.values()].flatMap((api) => [...api.reports()]));
for (const file of readdirSync(folder)) if (!reports.has(file)) rmSync(join(folder, file));
for (const [file, text] of reports) writeFileSync(join(folder, file), text);
console.log(`${reports.size} reports are in etc/api.`);

const missing = apis.get('core').undocumented();
const known = readFileSync(baseline, 'utf8').split('\n');
const kept = process.argv.includes('--baseline') ? missing : missing.filter((each) => known.includes(each));
writeFileSync(baseline, kept.map((each) => `${each}\n`).join(''));
console.log(`${kept.length} exported names and fields of core in etc/undocumented.txt have no doc comment.`);
const added = missing.filter((each) => !kept.includes(each));
if (added.length > 0) {
  console.error(`These need a doc comment:\n${added.map((each) => `  ${each}`).join('\n')}`);
  process.exitCode = 1;
}
