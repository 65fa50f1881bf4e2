import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface LocalRegistry {
  readonly url: string;
  /** The packages that were asked for and found, as `name@version`. */
  readonly served: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/**
 * An npm registry on 127.0.0.1 with nothing in it but the packages that are installed here, ours included: each is
 * packed when it is asked for. With it, `npm install` of a guide does what it would do for a reader, without a network.
 */
export async function openLocalRegistry(root: string, folder: string): Promise<LocalRegistry> {
  const served = new Set<string>();
  const packuments = new Map<string, Promise<unknown>>();
  const server = createServer(async (request, response) => {
    try {
      const path = decodeURIComponent((request.url ?? '/').slice(1));
      if (path.startsWith('-/')) return void response.end(readFileSync(join(folder, basename(path))));
      const folders = foldersOf(root, path);
      if (folders.length === 0) return void response.writeHead(404).end('{"error":"not installed here"}');
      const packument = packuments.get(path) ?? describePackage(path, folders);
      packuments.set(path, packument);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(await packument));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  async function describePackage(name: string, folders: readonly string[]): Promise<unknown> {
    const versions: Record<string, unknown> = {};
    for (const source of folders) {
      const manifest = manifestOf(source);
      const file = await pack(source);
      const integrity = `sha512-${createHash('sha512')
        .update(readFileSync(join(folder, file)))
        .digest('base64')}`;
      versions[manifest.version] = { ...manifest, dist: { tarball: `${url}-/${file}`, integrity } };
      served.add(`${name}@${manifest.version}`);
    }
    // The one that is not nested in another package comes first.
    return { name, 'dist-tags': { latest: manifestOf(folders[0] as string).version }, versions };
  }

  async function pack(source: string): Promise<string> {
    const { stdout } = await run(
      'npm',
      ['pack', source, '--ignore-scripts', '--silent', '--pack-destination', folder],
      { cwd: root },
    );
    return stdout.trim().split('\n').at(-1) as string;
  }

  return {
    url,
    served,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function foldersOf(root: string, name: string): string[] {
  if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(name)) return [];
  const nested = globSync(`{node_modules/{*,@*/*},packages/*}/node_modules/${name}`, { cwd: root });
  const folders = [`node_modules/${name}`, ...nested].map((path) => join(root, path));
  return folders.filter((path) => existsSync(join(path, 'package.json')));
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
