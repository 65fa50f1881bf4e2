import { generateKeyPair, InMemoryKeyManager, TrustOperations } from '@kaizen-eatp/core';
import { expect, it } from 'vitest';
import { openStore, temporaryPath } from './support/places.js';
import { Child, python } from './support/processes.js';

interface Obeyed {
  readonly lastStart: number;
  readonly aborted: number;
  readonly short: string;
  readonly long: string;
  readonly why: string;
}

const BOUND = 100;
const moment = (): number => performance.timeOrigin + performance.now();

/** Eight processes at work as one agent. */
async function eightAtWork(): Promise<{ path: string; trust: TrustOperations; children: Child[] }> {
  const path = temporaryPath();
  const keyManager = new InMemoryKeyManager();
  const { privateKey } = generateKeyPair();
  await keyManager.importKey('key-acme', privateKey);
  const trust = new TrustOperations({ store: await openStore(path), keyManager });
  const { id } = await trust.createEnterpriseAuthority({ name: 'ACME', signingKeyId: 'key-acme' });
  await trust.establish({ agentId: 'agent-alice', authorityId: id, capabilities: ['work'] });
  const children = Array.from(
    { length: 8 },
    () => new Child('obey-revocation', [path, 'key-acme', privateKey]),
  );
  for (const child of children) expect(await child.next()).toBe('running');
  return { path, trust, children };
}

it('stops eight processes within the bound, from what is running to what would start next', async () => {
  const { trust, children } = await eightAtWork();
  await trust.revoke({ agentId: 'agent-alice', reason: 'mallory had the key' });
  const revokedAt = moment();
  for (const child of children) {
    const { lastStart, aborted, short, long, why } = await child.next<Obeyed>();
    expect(lastStart, why).toBeGreaterThan(0);
    expect(lastStart - revokedAt, 'from revoke returning to the last start').toBeLessThan(BOUND);
    expect(aborted, 'the running invocation was aborted').toBeGreaterThan(0);
    expect(aborted - revokedAt, 'from revoke returning to the stop of what was running').toBeLessThan(BOUND);
    expect(long, why).toBe('REVOKED');
    expect(['REVOKED', 'VERIFICATION_DENIED', 'AGENT_NOT_TRUSTED'], why).toContain(short);
  }
});

it('stops eight processes when Python revokes, which leaves no more than an ended chain', async () => {
  const { path, children } = await eightAtWork();
  await python('chains', 'revoke', path, 'agent-alice');
  const revokedBy = moment();
  for (const child of children) {
    const { lastStart, aborted, long, why } = await child.next<Obeyed>();
    expect(lastStart - revokedBy).toBeLessThan(BOUND);
    expect(aborted).toBeGreaterThan(0);
    expect(aborted - revokedBy).toBeLessThan(BOUND);
    expect(long, why).toBe('REVOKED');
  }
});
