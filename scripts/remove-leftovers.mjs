// Removes from a package's `dist` what no source file produces any more: `tsc -b` leaves the output of a removed or
// moved source file where it is, and it would be packed. Run in the package's folder.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const [, source] = /^(.*?)\.(?:d\.ts|js)(?:\.map)?$/.exec(file) ?? [];
  if (source !== undefined && !existsSync(join('src', `${source}.ts`))) rmSync(join('dist', file));
}
for (const folder of foldersOf('dist').reverse())
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });

/** Lists the folders below one, each before what is in it. */
function foldersOf(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [join(folder, entry.name), ...foldersOf(join(folder, entry.name))]);
}
