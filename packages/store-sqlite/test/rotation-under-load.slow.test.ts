import { dirname, join } from 'node:path';
import { FileKeyManager, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { openStore, temporaryPath } from './support/places.js';
import { Child } from './support/processes.js';

const PROCESSES = 8;
const RUNS = 125;

it('a key that is rotated in the middle of 1,000 runs of 8 processes fails none of them', {
  timeout: 600_000,
}, async () => {
  const path = temporaryPath();
  const keys = join(dirname(path), 'keys');
  const store = await openStore(path);
  const keyManager = new FileKeyManager(keys, 'a passphrase of the test');
  const trust = new TrustOperations({ store, keyManager, recorder: 'org-acme' });
  const { publicKey } = await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme' });
  const worker = new TrustedAgent({ name: 'worker', agent: (input: unknown) => input, trust });
  await worker.establishTrust({ authorityId: 'org-acme', capabilities: ['read'] });
  const children = Array.from(
    { length: PROCESSES },
    (_, i) => new Child('run-through-rotation', [path, keys, `p${i}`, RUNS]),
  );
  for (const child of children) expect(await child.next()).toBe('ready');
  for (const child of children) child.send('go');
  // A quarter of the runs of one process is done, so all of them are in the middle of theirs.
  expect(await children[0]?.next()).toBe('under way');
  const { authority } = await trust.rotateKey({ authorityId: 'org-acme' });
  expect(authority.publicKey).not.toBe(publicKey);
  for (const [i, child] of children.entries()) {
    if (i > 0) expect(await child.next()).toBe('under way');
    expect(await child.next()).toBe('[]');
  }
  const signers = new Set<string>();
  for (let i = 0; i < PROCESSES; i++) {
    for (let number = 1; number <= RUNS; number++) {
      const runId = `run-p${i}-${number}`;
      expect(await trust.verifyTrail(runId), runId).toMatchObject({ state: 'ended', problems: [] });
    }
  }
  const other = new TrustOperations({
    store,
    keyManager,
    roots: [{ id: 'org-acme', publicKey: authority.publicKey }],
  });
  for (const runId of ['run-p0-125', 'run-p7-1']) {
    const { state } = await other.verifyTrail(runId);
    signers.add(state);
  }
  expect([...signers]).toEqual(['ended']);
});
