// Writes the manual pages beside the compiled code. Part of the build.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMANDS, GROUPS } from '../specs/index.js';
import { manualOf, pageName } from './manual.js';

const folder = fileURLToPath(new URL('../man/', import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of ['', ...[...GROUPS, ...COMMANDS].map((each) => each.name)])
  writeFileSync(`${folder}${pageName(name)}.1`, manualOf(name));
