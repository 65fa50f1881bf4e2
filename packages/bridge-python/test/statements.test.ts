import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  generateKeyPair,
  InMemoryKeyManager,
  type InvocationContext,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { PYTHON } from './support/remote-world.js';

const run = promisify(execFile);
const key = generateKeyPair();

/** An operator's Python program: it reads the statements, and revokes an agent in a shared file. */
const PROGRAM = `
import base64, json, sys
from nacl.signing import SigningKey
from kaizen_eatp_bridge.statements import StatementLog, StatementSigner

path, seed, agent_id = sys.argv[1:]
log = StatementLog(path)
kinds = [statement.kind for statement in log.read()]
if agent_id:
    key = SigningKey(base64.b64decode(seed)[-32:])
    log.revoke_agent(agent_id, "revoked by Python", StatementSigner("org-acme", key, "key-org-acme"))
print(json.dumps({"before": kinds, "after": [statement.kind for statement in log.read()]}))
`;

const python = async (path: string, agentId: string): Promise<unknown> =>
  JSON.parse((await run(PYTHON, ['-c', PROGRAM, path, key.privateKey, agentId])).stdout);

async function world() {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-statements-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'trust.db');
  const store = await SqliteTrustStore.open({ path });
  onTestFinished(() => store.close());
  const keyManager = new InMemoryKeyManager();
  await keyManager.importKey('key-org-acme', key.privateKey);
  const trust = new TrustOperations({ store, keyManager });
  await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme', signingKeyId: 'key-org-acme' });
  let started = (): void => undefined;
  const isStarted = new Promise<void>((resolve) => {
    started = resolve;
  });
  const work = (_input: unknown, { signal }: InvocationContext): Promise<unknown> => {
    started();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  const bob = new TrustedAgent({ name: 'bob', agent: work, trust });
  await bob.establishTrust({ authorityId: 'org-acme', capabilities: ['read'] });
  return { path, store, trust, bob, isStarted };
}

it('a revocation that Python wrote stops the work of the agent, and lasts', async () => {
  const { path, store, trust, bob, isStarted } = await world();
  const working = bob.run('x').catch((error: unknown) => error);
  await isStarted;
  expect(await python(path, bob.id)).toEqual({
    before: ['authority_endorsed'],
    after: ['authority_endorsed', 'agent_revoked'],
  });
  expect(await working).toMatchObject({ code: 'REVOKED', evidence: { reason: 'revoked by Python' } });
  expect((await trust.verify({ agentId: bob.id, action: 'read' })).denial?.code).toBe('REVOKED');
  const again = trust.establish({ agentId: bob.id, authorityId: 'org-acme', capabilities: ['read'] });
  await expect(again).rejects.toMatchObject({ code: 'AGENT_REVOKED' });
  expect((await store.doctor()).findings).toEqual([]);
});

it('Python reads the statements of TypeScript, and notices a changed one', async () => {
  const { path, trust, bob } = await world();
  await trust.revoke({ agentId: bob.id, reason: 'grüß Gott 漢字' });
  await trust.rotateKey({ authorityId: 'org-acme' });
  await trust.erase('dave@acme.example');
  expect(await python(path, '')).toMatchObject({
    after: ['authority_endorsed', 'agent_revoked', 'key_rotated', 'person_erased'],
  });
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(path);
  db.prepare("UPDATE eatp_statements SET text = replace(text, 'agent-bob', 'agent-eve')").run();
  db.close();
  await expect(python(path, '')).rejects.toThrow(/does not follow the one before it/);
});
