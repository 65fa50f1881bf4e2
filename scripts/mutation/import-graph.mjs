import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const IMPORT = /^(?:import|export)\s+(type\s)?(?:([^'"]*?)\s*from\s*)?'([^']+)'/gm;
const files = new Map();
const origins = new Map();

/** The imports and re-exports of a file: the names, and the path that they come from. */
function importsIn(path) {
  if (!files.has(path)) files.set(path, readImports(path));
  return files.get(path);
}

function readImports(path) {
  const found = [];
  for (const [statement, isType, names = '', specifier] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
    const target = pathOf(specifier, path);
    if (isType || !target) continue;
    const listed = /\{([^}]*)\}/.exec(names)?.[1];
    const each = listed
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name && !name.startsWith('type '));
    found.push({
      target,
      isExport: statement.startsWith('export'),
      // Undefined stands for everything.
      names: each?.map((name) => {
        const [from, to = from] = name.split(/\s+as\s+/);
        return { from, to };
      }),
    });
  }
  return found;
}

function pathOf(specifier, from) {
  if (specifier.startsWith('.')) {
    const path = resolve(dirname(from), specifier.replace(/\.js$/, '.ts'));
    return path.endsWith('.ts') && existsSync(path) ? path : undefined;
  }
  const [, name, entry = 'index'] = /^@kaizen-eatp\/([\w-]+)(?:\/([\w-]+))?$/.exec(specifier) ?? [];
  const path = join(root, 'packages', name ?? '', 'src', `${entry}.ts`);
  return name && existsSync(path) ? path : undefined;
}

/** The file in which a name is defined that another file exports. */
function originOf(path, name) {
  const key = `${path} ${name}`;
  if (!origins.has(key)) {
    // A cycle of re-exports has no origin.
    origins.set(key, undefined);
    origins.set(key, findOrigin(path, name));
  }
  return origins.get(key);
}

function findOrigin(path, name) {
  const exported = importsIn(path).filter(({ isExport }) => isExport);
  for (const { target, names } of exported) {
    const same = names?.find(({ to }) => to === name);
    if (same) return originOf(target, same.from) ?? target;
  }
  const definition = new RegExp(
    `export (?:declare )?(?:abstract |async )*(?:class|function\\*?|const|let|enum) ${name}\\b`,
  );
  if (definition.test(readFileSync(path, 'utf8'))) return path;
  for (const { target, names } of exported) {
    const origin = names ? undefined : originOf(target, name);
    if (origin) return origin;
  }
  return undefined;
}

/** The files that a file needs directly: those in which the names are defined that it imports. */
function neededBy(path) {
  return importsIn(path).flatMap(({ target, names }) =>
    names ? names.map(({ from }) => originOf(target, from) ?? target) : [target],
  );
}

/** How many imports away each file is that a file needs. */
export function distancesFrom(path) {
  const distances = new Map([[path, 0]]);
  for (const [each, distance] of distances)
    for (const needed of neededBy(each)) if (!distances.has(needed)) distances.set(needed, distance + 1);
  return distances;
}

/** The files in a folder whose name ends in a certain way. */
export const filesIn = (folder, ending = '.ts') =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith(ending) && !/node_modules|[\\/]dist[\\/]/.test(file))
    .map((file) => join(root, folder, file));

/** The tests in folders that need a file: those of the first folder first, and in each the nearest first. */
export function testsOf(path, folders, leftOut = /$^/) {
  const found = folders.flatMap((folder) =>
    filesIn(folder, '.test.ts')
      .filter((test) => !leftOut.test(test))
      .map((test) => ({ test, distance: distanceBetween(test, path) }))
      .filter(({ distance }) => distance !== undefined)
      .sort((a, b) => a.distance - b.distance || a.test.localeCompare(b.test)),
  );
  return [...new Set(found.map(({ test }) => test))];
}

const measured = new Map();
function distanceBetween(test, path) {
  if (!measured.has(test)) measured.set(test, distancesFrom(test));
  return measured.get(test).get(path);
}
