import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf, packagesOf } from '../tools/packages/src/entries.js';
import { openLocalRegistry } from './local-registry.js';
import { readerEnvironment } from './reader-environment.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const tools = createRequire(join(root, 'tools/packages/package.json'));
const packages = packagesOf(root).map(({ folder }) => folder);
const place = realpathSync(mkdtempSync(join(tmpdir(), 'kaizen-eatp-tarballs-')));
const tarballs = join(place, 'tarballs');
const consumer = join(place, 'consumer');
const tarballOf = (folder: string): string => join(tarballs, `kaizen-eatp-${folder}-0.0.0.tgz`);
const installed = (folder: string): string => join(consumer, 'node_modules/@kaizen-eatp', folder);

/** The files of a package besides its sources and their compiled form. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  // The workflow, bundled for Temporal's sandbox.
  'engine-temporal': /^dist\/run-workflow\.bundle\.cjs$/,
  cli: /^dist\/man\/kaizen-eatp[a-z-]*\.1$/,
  viewer: /^dist\/viewer\.html$/,
};
/** Their dependencies take 250 MB and minutes to pack again, and their declarations name none of them. */
const UNPACKED = ['engine-temporal'];
const COMPILERS = {
  '5.9': tools.resolve('typescript/bin/tsc'),
  '7': join(root, 'node_modules/typescript/bin/tsc'),
};
const binary = (name: string): string => join(root, 'node_modules/.bin', name);

/** Installs every package from its tarball into an empty project. */
beforeAll(async () => {
  for (const folder of ['tarballs', 'home', 'consumer']) mkdirSync(join(place, folder));
  await run(process.execPath, [COMPILERS['7'], '-b'], { cwd: root });
  const leftovers = join(root, 'scripts/remove-leftovers.mjs');
  for (const folder of packages) {
    const cwd = join(root, 'packages', folder);
    await run(process.execPath, [leftovers], { cwd });
    await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', tarballs], { cwd });
  }
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
  const registry = await openLocalRegistry(root, tarballs);
  try {
    const light = packages.filter((folder) => !UNPACKED.includes(folder)).map(tarballOf);
    await run('npm', ['install', '--ignore-scripts', '--silent', ...light, 'vitest'], {
      cwd: consumer,
      env: readerEnvironment(place, registry.url),
    });
  } finally {
    await registry.close();
  }
  for (const folder of UNPACKED) {
    mkdirSync(installed(folder), { recursive: true });
    await run('tar', ['-xzf', tarballOf(folder), '-C', installed(folder), '--strip-components=1']);
  }
}, 300_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe.each(packages)('the tarball of %s', (folder) => {
  it('has the licence, the README, the build and its sources, and nothing else', () => {
    const files = readdirSync(installed(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed(folder).length + 1));
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js']));
    const expected = files
      .filter((file) => file.startsWith('src/'))
      .flatMap((file) => {
        if (file.endsWith('.json')) return [file, file.replace(/^src/, 'dist')];
        // The sources of the viewer's page are bundled into it.
        if (folder === 'viewer' && file.startsWith('src/app/')) return [file];
        const built = file.replace(/^src/, 'dist').replace(/\.ts$/, '');
        return [file, `${built}.js`, `${built}.js.map`, `${built}.d.ts`, `${built}.d.ts.map`];
      });
    const others = files.filter((file) => OTHERS[folder]?.test(file));
    expect(others.length > 0).toBe(folder in OTHERS);
    expect(files.sort()).toEqual([...expected, ...others, 'LICENSE', 'README.md', 'package.json'].sort());
  });

  it('has every source that its source maps name', () => {
    const dist = join(installed(folder), 'dist');
    const maps = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.map'),
    );
    expect(maps.length).toBeGreaterThan(0);
    for (const file of maps) {
      const { sources } = JSON.parse(readFileSync(join(dist, file), 'utf8')) as { sources: string[] };
      for (const source of sources) readFileSync(join(dist, dirname(file), source));
    }
  });

  it('passes publint', async () => {
    const { stdout } = await run(binary('publint'), ['run', tarballOf(folder), '--strict']);
    expect(stdout).toContain('All good!');
  }, 60_000);

  it('passes "Are the types wrong?" as a package of ES modules', async () => {
    const { stdout } = await run(binary('attw'), [
      tarballOf(folder),
      '--profile',
      'esm-only',
      '--no-color',
    ]).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
    expect(stdout).not.toContain('❌');
  }, 60_000);
});

describe.each(Object.entries(COMPILERS))('TypeScript %s', (version, compiler) => {
  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])(
    'compiles every entry point with module %s, resolution %s, and skipLibCheck off',
    async (module, resolution) => {
      const names = entriesOf(root).map(({ specifier }) => specifier);
      expect(names.length).toBeGreaterThan(packages.length);
      // One program each, with the faster compiler: an entry point must not depend on what another one brings in.
      const isSeparate = version === '7' && resolution === 'nodenext';
      const programs = isSeparate ? names.map((name) => [name]) : [names];
      const folder = join(consumer, `types-${version}-${resolution}`);
      mkdirSync(folder);
      const compilerOptions = {
        target: 'es2023',
        module,
        moduleResolution: resolution,
        strict: true,
        skipLibCheck: false,
        noEmit: true,
      };
      for (const program of programs) {
        writeFileSync(
          join(folder, 'tsconfig.json'),
          JSON.stringify({ compilerOptions, files: ['program.ts'] }),
        );
        const imports = program.map((name, i) => `export * as entry${i} from '${name}';\n`);
        writeFileSync(join(folder, 'program.ts'), imports.join(''));
        const { stdout } = await run(process.execPath, [compiler, '-p', folder]).catch((error) => error);
        expect(stdout, program.join()).toBe('');
      }
    },
    300_000,
  );
});

describe.each(['legacy', 'standard'] as const)('a plugin with %s decorators prints the same', (kind) => {
  const folder = join(consumer, kind);
  const out = join(folder, 'out.mjs');
  const source = join(folder, 'plugin.ts');

  beforeAll(() => {
    mkdirSync(folder);
    cpSync(join(root, `test/consumers/${kind}-decorators.ts`), source);
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      skipLibCheck: false,
      noUncheckedIndexedAccess: true,
      ...(kind === 'legacy' && { experimentalDecorators: true }),
      outDir: 'out',
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['plugin.ts'] }));
  });

  const printed = async (command: string, ...options: string[]): Promise<string> =>
    (await run(command, options, { cwd: folder })).stdout;

  it.each(Object.entries(COMPILERS))(
    'compiled by TypeScript %s',
    async (_version, compiler) => {
      // The program itself uses `console`, which only the types of Node.js or of a browser declare.
      await run(process.execPath, [compiler, '-p', folder]).catch((error) => {
        throw new Error(error.stdout);
      });
      expect(await printed(process.execPath, join(folder, 'out/plugin.js'))).toBe('hello number\n');
    },
    60_000,
  );

  it('run by tsx', async () => {
    expect(await printed(binary('tsx'), source)).toBe('hello number\n');
  }, 60_000);

  it('bundled by esbuild', async () => {
    const options = ['--bundle', '--platform=node', '--format=esm', '--target=es2022', '--packages=external'];
    await run(binary('esbuild'), [source, ...options, `--outfile=${out}`], { cwd: folder });
    expect(await printed(process.execPath, out)).toBe('hello number\n');
  }, 60_000);

  it('compiled by swc', async () => {
    const { transformFile } = tools('@swc/core') as typeof import('@swc/core');
    const { code } = await transformFile(source, {
      swcrc: false,
      configFile: false,
      module: { type: 'es6' },
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: kind === 'legacy' ? { legacyDecorator: true } : { decoratorVersion: '2022-03' },
      },
    });
    writeFileSync(out, code);
    expect(await printed(process.execPath, out)).toBe('hello number\n');
  }, 60_000);

  it('run by Bun', async () => {
    expect(await printed(binary('bun'), 'run', source)).toBe('hello number\n');
  }, 60_000);
});

it('importing the root loads neither tsyringe nor reflect-metadata, and importing the container does', async () => {
  const script = (entry: string): string => `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import('@kaizen-eatp/core${entry}');
    console.log(loaded.some((url) => /tsyringe|reflect-metadata/.test(url)), loaded.length > 20);`;
  const loads = async (entry: string): Promise<string> =>
    (
      await run(process.execPath, ['--input-type=module', '-e', script(entry)], { cwd: consumer })
    ).stdout.trim();
  for (const entry of ['', '/plugin', '/store', '/records', '/errors', '/receipt'])
    expect(await loads(entry), entry).toBe('false true');
  expect(await loads('/container')).toBe('true true');
}, 60_000);

it('esbuild bundles the verification of receipts for browsers, without a polyfill', async () => {
  const folder = join(consumer, 'browser');
  mkdirSync(folder);
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, "export { verifyReceipt } from '@kaizen-eatp/core/receipt';");
  const outfile = join(folder, 'out.js');
  const options = ['--bundle', '--platform=browser', '--format=esm', '--minify', '--log-level=warning'];
  const { stderr } = await run(binary('esbuild'), [entry, ...options, `--outfile=${outfile}`]);
  expect(stderr).toBe('');
  expect(gzipSync(readFileSync(outfile), { level: 9 }).length).toBeLessThanOrEqual(120_000);
}, 60_000);
