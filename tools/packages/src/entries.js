// The entry points of the packages that are published, as their manifests list them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lists every entry point of every published package: its package, its subpath ('.' for the root), and the
 * declaration file that a consumer's compiler reads.
 */
export function entriesOf(root) {
  return packagesOf(root).flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => typeof target === 'object' && target.types)
      .map(([subpath, target]) => ({
        package: folder,
        name: manifest.name,
        subpath,
        specifier: subpath === '.' ? manifest.name : `${manifest.name}/${subpath.slice(2)}`,
        types: join(root, 'packages', folder, target.types),
        report: `${[folder, ...(subpath === '.' ? [] : [subpath.slice(2)])].join('-').replaceAll('/', '-')}.txt`,
      })),
  );
}

/** Lists the published packages: the folder's name below `packages`, and the manifest. */
export function packagesOf(root) {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => !manifest.private);
}
