import { readFile } from 'node:fs/promises';

/**
 * Name and version of an installed package, read from disk: most packages do not export their package.json.
 * @param {string} name
 */
export async function installed(name) {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(await readFile(file, 'utf8')).version}`;
}
