import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openStore, temporaryFolder, temporaryPath } from './support/places.js';
import { Child } from './support/processes.js';
import { putChain, sharedTrail } from './support/records.js';

afterEach(() => vi.restoreAllMocks());

interface Told {
  readonly code?: string;
  readonly message?: string;
  readonly evidence?: { readonly reason: string };
}

async function failureOfOpening(path: string, lockTimeout = 5_000): Promise<Told> {
  const opened = await SqliteTrustStore.open({ path, lockTimeout }).catch((error: Told) => error);
  if (!(opened instanceof SqliteTrustStore)) return opened;
  await opened.close();
  throw new Error('it opened');
}

const failed = (reason: string, remedy: RegExp) => ({
  code: 'STORE_FAILED',
  message: expect.stringMatching(remedy),
  evidence: expect.objectContaining({ reason }),
});

describe('a full disk', () => {
  it('refuses writes beyond the maximum size, keeps all before, and serves reads', async () => {
    const path = temporaryPath();
    const store = await openStore(path, { maximumSize: 60 * 4096 });
    const shared = sharedTrail();
    let stored = 0;
    const fill = async (): Promise<never> => {
      for (;;) {
        await store.commit([shared(`aud-${stored}`, `{"filler":"${'x'.repeat(5_000)}"}`)]);
        stored += 1;
      }
    };
    await expect(fill()).rejects.toMatchObject(failed('SQLITE_FULL', /Free space/));
    expect(stored).toBeGreaterThan(0);
    expect((await store.readTrail('shared')).length).toBe(stored);
    expect((await store.doctor({ signatures: false })).findings).toEqual([]);
  });

  it('fails the commit that does not fit, and no other of the same group', async () => {
    const store = await openStore(temporaryPath(), { maximumSize: 60 * 4096 });
    const outcomes = await Promise.allSettled([
      store.commit([putChain('agent-alice')]),
      store.commit([sharedTrail()('aud-1', 'x'.repeat(500_000))]),
      store.commit([putChain('agent-bob')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await store.listChains()).length).toBe(2);
  });

  it('is coded when the system refuses to let the files grow, and leaves what was acknowledged', async () => {
    const path = temporaryPath();
    await openStore(path);
    const child = fileURLToPath(new URL('./children/fill-disk.ts', import.meta.url));
    // A limit on the size of files is met by the same call to the system as a full disk.
    const script = `ulimit -f 1000; exec "$0" --input-type=module -e 'process.send = (m) => console.log(JSON.stringify(m)); process.disconnect = () => {}; await import(process.argv[1])' "$1" "$2"`;
    const stdout = await new Promise<string>((resolve, reject) => {
      execFile('bash', ['-c', script, process.execPath, child, path], (error, out, err) =>
        error ? reject(new Error(err)) : resolve(out),
      );
    });
    const told = JSON.parse(stdout) as Told & { stored: number };
    expect(told).toMatchObject({ code: 'STORE_FAILED', message: expect.stringMatching(/disk|space/) });
    expect(told.stored).toBeGreaterThan(0);
    expect((await (await openStore(path)).readTrail('shared')).length).toBe(told.stored);
  });
});

describe('a file that may not be written', () => {
  it('is read, and a write says what to do', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'trust.db');
    const keeper = await openStore(path);
    await keeper.commit([putChain('agent-alice')]);
    chmodSync(folder, 0o755);
    for (const suffix of ['', '-wal', '-shm']) chmodSync(path + suffix, 0o444);
    const child = new Child('write-as-other', [path]);
    expect(await child.next()).toEqual({ opened: true, read: '{"of":"agent-alice"}' });
    expect(await child.next()).toMatchObject(failed('SQLITE_READONLY', /right to write/));
    for (const suffix of ['', '-wal', '-shm']) chmodSync(path + suffix, 0o600);
    expect((await keeper.readChains(['agent-alice']))[0]?.active).toBe(true);
  });

  it('cannot be made in a folder that may not be written', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o555);
    const child = new Child('write-as-other', [join(folder, 'trust.db')]);
    expect(await child.next()).toMatchObject(failed('EACCES', /right to write/));
    chmodSync(folder, 0o700);
  });
});

describe('a locked file', () => {
  it('is waited for without blocking the process, and is stored once it is free', async () => {
    const path = temporaryPath();
    const store = await openStore(path);
    const holder = new Child('hold-lock', [path, 'immediate']);
    await holder.next();
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 2);
    const waiting = [store.commit([putChain('agent-alice')]), store.commit([putChain('agent-bob')])];
    while (ticks < 20) await new Promise((resolve) => setTimeout(resolve, 2));
    expect((await store.readChains(['agent-alice']))[0]).toBeUndefined();
    holder.send('let go');
    await Promise.all(waiting);
    clearInterval(timer);
    expect((await store.listChains()).length).toBe(2);
  });

  it('is given up after the busy timeout, with an error that may be tried again', async () => {
    const path = temporaryPath();
    const store = await openStore(path, { lockTimeout: 60 });
    const holder = new Child('hold-lock', [path, 'immediate']);
    await holder.next();
    const refused = store.commit([putChain('agent-alice')]);
    await expect(refused).rejects.toMatchObject({
      ...failed('SQLITE_BUSY', /lockTimeout/),
      evidence: { reason: 'SQLITE_BUSY', retryable: true, outcome: 'nothing_written', path },
    });
    holder.send('let go');
    await holder.next();
    await store.commit([putChain('agent-alice')]);
    expect((await store.listChains()).length).toBe(1);
  });

  it('cannot be opened while another process has it for itself', async () => {
    const path = temporaryPath();
    await (await SqliteTrustStore.open({ path })).close();
    const holder = new Child('hold-lock', [path, 'exclusive']);
    await holder.next();
    expect(await failureOfOpening(path, 60)).toMatchObject(failed('SQLITE_BUSY', /fuser/));
    holder.send('let go');
    await holder.next();
    await openStore(path);
  });
});

describe('a file that is not as it should be', () => {
  it('is no database', async () => {
    const path = temporaryPath();
    writeFileSync(path, 'Dear Sir or Madam, '.repeat(500));
    expect(await failureOfOpening(path)).toMatchObject(failed('SQLITE_NOTADB', /Check the path/));
    expect(readFileSync(path, 'utf8')).toBe('Dear Sir or Madam, '.repeat(500));
  });

  it('is damaged', async () => {
    const path = temporaryPath();
    const store = await SqliteTrustStore.open({ path });
    for (let i = 0; i < 50; i++) await store.commit([putChain(`agent-${i}`, null, 'x'.repeat(3_000))]);
    await store.close();
    const file = openSync(path, 'r+');
    // Everything but the header, so that it still says that it is a database.
    writeSync(file, Buffer.alloc(statSync(path).size - 100, 0xa5), 0, undefined, 100);
    expect(await failureOfOpening(path)).toMatchObject(failed('SQLITE_CORRUPT', /restore a copy/));
  });

  it('is damaged in a page that was not read yet: reads and the doctor report it', async () => {
    const path = temporaryPath();
    const store = await SqliteTrustStore.open({ path });
    const shared = sharedTrail();
    for (let i = 0; i < 300; i++) await store.commit([shared(`aud-${i}`, 'x'.repeat(3_000))]);
    await store.close();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(200 * 4096, 0xa5), 0, undefined, statSync(path).size - 200 * 4096);
    const opened = await openStore(path);
    await expect(opened.readTrail('shared')).rejects.toMatchObject(failed('SQLITE_CORRUPT', /damaged/));
    const examined = await opened.doctor({ signatures: false }).catch((error: Told) => error);
    expect(JSON.stringify(examined)).toMatch(/STORE_DAMAGED|SQLITE_CORRUPT/);
  });

  it('is a folder, or lies under a file', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'trust.db'));
    expect(await failureOfOpening(join(folder, 'trust.db'))).toMatchObject(
      failed('SQLITE_CANTOPEN', /not a folder/),
    );
    writeFileSync(join(folder, 'file'), '');
    expect(await failureOfOpening(join(folder, 'file', 'trust.db'))).toMatchObject(failed('EEXIST', /path/));
  });

  it('was moved away while it was open', async () => {
    const path = temporaryPath();
    const store = await openStore(path);
    await store.commit([putChain('agent-alice')]);
    renameSync(path, `${path}.old`);
    await expect(store.commit([putChain('agent-bob')])).rejects.toMatchObject(
      failed('MOVED', /Put the file back/),
    );
    renameSync(`${path}.old`, path);
    await store.commit([putChain('agent-bob')]);
    expect((await store.listChains()).length).toBe(2);
  });
});

describe('the schema of a file', () => {
  const change = (path: string, ...statements: string[]): void => {
    const db = new Database(path);
    for (const statement of statements) db.exec(statement);
    db.close();
  };

  it.each([
    ['newer', 6, /version 6\. .*Update @kaizen-eatp\/store-sqlite/],
    ['older', 4, /version 4\. .*Export it with the version .* that wrote it/],
  ])('is refused if it is %s, and left as it is', async (_, version, message) => {
    const path = temporaryPath();
    await (await SqliteTrustStore.open({ path })).close();
    change(path, `UPDATE eatp_meta SET value = '${version}' WHERE key = 'schema_version'`);
    const before = readFileSync(path);
    expect(await failureOfOpening(path)).toMatchObject(failed('SCHEMA', message));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each(["'one'", "'-1'", "X'00'"])('is refused if it cannot be read: %s', async (value) => {
    const path = temporaryPath();
    await (await SqliteTrustStore.open({ path })).close();
    change(path, `UPDATE eatp_meta SET value = ${value}`);
    expect(await failureOfOpening(path)).toMatchObject(
      failed('SCHEMA', /expected schema version 5, got .*Restore the file from a copy/),
    );
  });

  it("is made where there is Python's only, and a failed step leaves nothing of it", async () => {
    const path = temporaryPath();
    await (await SqliteTrustStore.open({ path })).close();
    change(path, 'DROP TABLE eatp_meta');
    expect(await failureOfOpening(path)).toMatchObject({ code: 'STORE_FAILED', message: /already exists/ });
    const db = new Database(path);
    expect(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'eatp_meta'").pluck().get()).toBe(0);
    db.close();
  });

  it('is refused if something else has a table of the name', async () => {
    const path = temporaryPath();
    change(path, 'CREATE TABLE trust_chains (id INTEGER)');
    expect(await failureOfOpening(path)).toMatchObject(
      failed('SCHEMA', /another table.*Name a file that no other program uses/),
    );
  });

  it('may have columns that a newer Python added', async () => {
    const path = temporaryPath();
    await (await SqliteTrustStore.open({ path })).close();
    change(path, "ALTER TABLE trust_chains ADD COLUMN tenant TEXT DEFAULT 'none'");
    const store = await openStore(path);
    await store.commit([putChain('agent-alice')]);
    expect((await store.readChains(['agent-alice']))[0]?.active).toBe(true);
  });
});

describe('a disk that fails', () => {
  it('while a commit is synced leaves it unknown whether the writes were applied', async () => {
    let isBroken = false;
    const prepare = Database.prototype.prepare;
    vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (
      this: Database.Database,
      sql: string,
    ) {
      const statement = prepare.call(this, sql);
      if (sql !== 'COMMIT') return statement;
      const run = statement.run.bind(statement) as () => Database.RunResult;
      return Object.assign(statement, {
        run: () => {
          if (!isBroken) return run();
          throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
        },
      });
    });
    const store = await openStore();
    isBroken = true;
    await expect(store.commit([putChain('agent-alice')])).rejects.toMatchObject({
      ...failed('SQLITE_IOERR_FSYNC', /during a commit.*The writes may have been applied/),
      evidence: { outcome: 'unknown', retryable: false },
    });
    isBroken = false;
    await store.commit([putChain('agent-alice')]);
    expect((await store.listChains()).length).toBe(1);
  });
});

describe('values', () => {
  it('are never read as SQL', async () => {
    const store = await openStore();
    const hostile = `'); DROP TABLE trust_chains; --"`;
    await store.commit([putChain(hostile, null, hostile)]);
    expect((await store.readChains([hostile]))[0]?.text).toBe(hostile);
    expect(await store.findDelegations({ taskId: hostile, delegateeId: hostile })).toEqual([]);
    expect((await store.listChains()).length).toBe(1);
  });
});
