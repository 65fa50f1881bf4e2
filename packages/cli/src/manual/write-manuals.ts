// Writes the manual pages next to the compiled code. Part of the build.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CATALOGUE } from '../specs/index.js';
import { manualOf, pageName } from './manual.js';

const folder = fileURLToPath(new URL('../man/', import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of ['', ...[...CATALOGUE.groups, ...CATALOGUE.commands].map((each) => each.name)])
  writeFileSync(`${folder}${pageName(name)}.1`, manualOf(name, CATALOGUE));
