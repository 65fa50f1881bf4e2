import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrustOperations } from '@kaizen-eatp/core';
import { createContainer } from '@kaizen-eatp/core/container';
import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import type { StoredChain } from '@kaizen-eatp/core/store';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openStore, temporaryFolder, temporaryPath } from './support/places.js';
import { python } from './support/processes.js';
import { putChain } from './support/records.js';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

afterEach(() => vi.unstubAllEnvs());

describe('the file', () => {
  it("is ~/.eatp/trust.db by default, in a folder of its owner's, and goes into a container as it is", async () => {
    const home = mkdtempSync(join(tmpdir(), 'eatp-home-'));
    vi.stubEnv('HOME', home);
    const { trust } = createContainer({ store: await SqliteTrustStore.open() });
    await trust.createEnterpriseAuthority({ name: 'ACME' });
    await trust.close();
    expect(modeOf(join(home, '.eatp'))).toBe(0o700);
    expect(modeOf(join(home, '.eatp', 'trust.db'))).toBe(0o600);
    rmSync(home, { recursive: true });
  });

  it('is for its owner only, and so are the files next to it', async () => {
    const path = temporaryPath();
    await (await openStore(path)).commit([putChain('agent-alice')]);
    for (const suffix of ['', '-wal', '-shm'])
      expect([suffix, modeOf(path + suffix)]).toEqual([suffix, 0o600]);
  });

  it('is taken from others when it was open to them, and not made writable when it was not', async () => {
    const path = temporaryPath();
    await (await SqliteTrustStore.open({ path })).close();
    chmodSync(path, 0o644);
    await (await SqliteTrustStore.open({ path })).close();
    expect(modeOf(path)).toBe(0o600);
    chmodSync(path, 0o440);
    await (await SqliteTrustStore.open({ path })).close();
    expect(modeOf(path)).toBe(0o400);
  });

  it('keeps what it holds when it is opened by many at once for the first time', async () => {
    const path = temporaryPath();
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(path)));
    await Promise.all(stores.map((store, i) => store.commit([putChain(`agent-${i}`)])));
    expect((await (await openStore(path)).listChains()).length).toBe(8);
  });

  it('may be closed more than once, stores what waits before, and refuses what comes after', async () => {
    const path = temporaryPath();
    const store = await openStore(path);
    const waiting = store.commit([putChain('agent-alice')]);
    await store.close();
    await waiting;
    await store.close();
    const closed = { code: 'STORE_FAILED', evidence: { reason: 'CLOSED' } };
    await expect(store.commit([putChain('agent-bob')])).rejects.toMatchObject(closed);
    await expect(store.readChains(['agent-alice'])).rejects.toMatchObject(closed);
    await expect(store.doctor()).rejects.toMatchObject(closed);
    expect(() => store.watch(() => undefined)).toThrow('The trust store is closed');
    expect((await (await openStore(path)).readChains(['agent-alice']))[0]?.text).toBe('{"of":"agent-alice"}');
  });

  it.each([
    { path: '' },
    { path: ':memory:' },
    { path: ' /tmp/x.db' },
    { path: 7 as never },
    { lockTimeout: -1 },
    { pollInterval: 0 },
    { pollInterval: 1.5 },
    { synchronous: 'off' as never },
    { maximumSize: 1 },
    { locktimeout: 1 } as never,
  ])('refuses options that it cannot keep: %o', async (options) => {
    const path = join(tmpdir(), 'never-made.db');
    const opening = SqliteTrustStore.open({ path, ...options });
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(existsSync(path)).toBe(false);
  });
});

describe("the reference's table", () => {
  it('has the same schema, byte for byte, whether Python or TypeScript makes the file', async () => {
    const folder = temporaryFolder();
    const [ours, theirs] = [join(folder, 'ours.db'), join(folder, 'theirs.db')];
    await openStore(ours);
    await python('chains', 'initialize', theirs);
    const [ourSchema, theirSchema] = [
      await python('chains', 'schema', ours),
      await python('chains', 'schema', theirs),
    ];
    expect(ourSchema).toBe(theirSchema);
    const made = await openStore(theirs);
    await made.commit([putChain('agent-alice')]);
    expect(await python('chains', 'schema', theirs)).toBe(theirSchema);
  });

  it('keeps when a chain was made, as the reference does, and ends it without losing it', async () => {
    const path = temporaryPath();
    const store = await openStore(path);
    const db = new Database(path, { readonly: true });
    const row = () => db.prepare('SELECT * FROM trust_chains').get() as Record<string, unknown>;
    await store.commit([putChain('agent-alice')]);
    const first = row();
    expect(first).toMatchObject({ active: 1, authority_id: 'org-acme', deleted_at: null, expires_at: null });
    const [chain] = await store.readChains(['agent-alice']);
    await store.commit([putChain('agent-alice', chain?.version, '{"of":"agent-alice","n":2}')]);
    expect(row()).toMatchObject({ created_at: first.created_at, chain_data: '{"of":"agent-alice","n":2}' });
    await store.commit([{ op: 'deactivate_chain', agentId: 'agent-alice', at: '2026-06-01T12:00:00+00:00' }]);
    expect(row()).toMatchObject({ active: 0, deleted_at: '2026-06-01T12:00:00+00:00' });
    db.close();
  });

  it('keeps fields that this version does not know when it writes a chain again', async () => {
    const path = temporaryPath();
    const store = await openStore(path);
    const trust = new TrustOperations({ store });
    const { id } = await trust.createEnterpriseAuthority({ name: 'ACME' });
    await trust.establish({ agentId: 'agent-alice', authorityId: id, capabilities: ['work'] });
    const [chain] = (await store.readChains(['agent-alice'])) as [StoredChain];
    const newer = chain.text.replace(/}$/, ', "from_the_future": {"n": 1.0}}');
    await store.commit([putChain('agent-alice', chain.version, newer)]);
    await trust.reattest({ agentId: 'agent-alice', capabilities: ['rest'] });
    const [after] = await store.readChains(['agent-alice']);
    expect(after?.text).toMatch(/"from_the_future": ?\{"n": ?1\.0\}/);
    expect((await trust.verify({ agentId: 'agent-alice', action: 'rest', level: 'full' })).valid).toBe(true);
  });

  it('refuses to write over what Python wrote in between', async () => {
    const path = temporaryPath();
    const store = await openStore(path);
    const trust = new TrustOperations({ store });
    const { id } = await trust.createEnterpriseAuthority({ name: 'ACME' });
    await trust.establish({ agentId: 'agent-alice', authorityId: id, capabilities: ['work'] });
    const [seen] = await store.readChains(['agent-alice']);
    await python('chains', 'touch', path, 'agent-alice');
    const late = store.commit([putChain('agent-alice', seen?.version)]);
    await expect(late).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await python('chains', 'list', path)).toEqual(['agent-alice']);
    await expect(trust.importChain('{', {})).rejects.toThrow(MalformedRecordError);
  });
});
