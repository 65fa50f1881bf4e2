import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';

const keeper = fileURLToPath(new URL('./keeper.ts', import.meta.url));
const folder = join(
  tmpdir(),
  `eatp-postgres-keeper-${createHash('sha256').update(keeper).digest('hex').slice(0, 12)}`,
);

/** The server that all test files share; that of `DATABASE_URL` if it is set. */
export interface SharedServer {
  readonly url: string;
  /** A separate schema; dropped at the end. */
  schema(): string;
  /** A statement by the administrator, past every store. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** For the top of a test file. */
export function sharedServer(): SharedServer {
  let url = process.env.DATABASE_URL ?? '';
  let held: Socket | undefined;
  let admin: pg.Client;
  const schemas: string[] = [];
  beforeAll(async () => {
    if (!process.env.DATABASE_URL) ({ url, held } = await enter());
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
  });
  afterAll(async () => {
    for (const schema of schemas) await admin.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await admin.end();
    held?.destroy();
  });
  return {
    get url() {
      return url;
    },
    schema() {
      const schema = `test_${randomUUID().replaceAll('-', '')}`;
      schemas.push(schema);
      return schema;
    },
    async sql(text, values = []) {
      return (await admin.query(text, [...values])).rows;
    },
  };
}

async function enter(): Promise<{ url: string; held: Socket }> {
  const deadline = Date.now() + 40_000;
  for (let attempt = 0; Date.now() < deadline; attempt++) {
    try {
      const { door, url } = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8'));
      return { url, held: await hold(door) };
    } catch {
      if (attempt % 20 === 0)
        spawn(process.execPath, [keeper, folder], { detached: true, stdio: 'ignore' }).unref();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error('No PostgreSQL server came up for the tests');
}

function hold(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
    socket.unref();
  });
}
