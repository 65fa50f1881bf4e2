import {
  generateKeyPair,
  InMemoryKeyManager,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  type TrustOperations,
} from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openIntent } from './open-intent.js';
import { ALICE, BOB, failure, MALLORY, World } from './world.js';

const NO_RECORDER = { recorder: undefined };

let world: World;
const work = vi.fn((input: unknown) => input);
beforeEach(async () => {
  work.mockClear();
  world = await World.create();
  await world.establish(ALICE, ['read']);
  await world.establish(BOB, ['read']);
});

const agentOf = (trust: TrustOperations, name: string): TrustedAgent =>
  new TrustedAgent({ name, agent: work, trust });
const everything = async () => ({
  anchors: (await world.store.readTrail('outside-runs')).map(({ text }) => JSON.parse(text)),
  intents: await world.store.openIntents(),
  authorities: (await world.store.readAuthorities(['org-acme', 'system-recorder'])).filter(Boolean).length,
});
const NOTHING = { anchors: [], intents: [], authorities: 1 };

describe('a process that does not have the key of an authority', () => {
  it.each([
    ['has no key at all', async () => new InMemoryKeyManager(), 'no key of this id'],
    [
      'has another key under the same id',
      async () => {
        const keys = new InMemoryKeyManager();
        await keys.importKey('key-org-acme', generateKeyPair().privateKey);
        return keys;
      },
      'the public key ',
    ],
  ])('lets no agent of it act, when it %s', async (_what, keysOf, received) => {
    const trust = world.elsewhere({ keyManager: await keysOf(), roots: world.roots, ...NO_RECORDER });
    const clerk = agentOf(trust, 'alice');
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice: clerk, bob: agentOf(trust, 'bob') },
      trust,
      patterns: [sequential],
    });
    const expected = {
      code: 'KEY_NOT_FOUND',
      evidence: { authorityId: 'org-acme', keyId: 'key-org-acme' },
      received: expect.stringContaining(received),
    };
    expect(await failure(clerk.run('x'))).toMatchObject(expected);
    expect(await failure(runtime.execute('x', { runId: 'run-1' }))).toMatchObject(expected);
    expect(await failure(trust.audit({ agentId: ALICE, action: 'read', result: 'success' }))).toMatchObject(
      expected,
    );
    expect(
      await failure(
        trust.delegate({ delegatorId: ALICE, delegateeId: BOB, taskId: 't', capabilities: ['read'] }),
      ),
    ).toMatchObject(expected);
    expect(work).not.toHaveBeenCalled();
    expect(await everything()).toEqual(NOTHING);
    expect(await world.store.readTrail('run-1')).toEqual([]);
  });

  it('leaves to a process that has the key what a crash left open, and closes the rest', async () => {
    const rival = generateKeyPair();
    const keys = new InMemoryKeyManager();
    await keys.importKey('key-rival', rival.privateKey);
    const trust = world.elsewhere({ keyManager: keys, ...NO_RECORDER });
    await trust.createEnterpriseAuthority({ name: 'Rival', signingKeyId: 'key-rival' });
    await trust.establish({ agentId: 'agent-rival', authorityId: 'org-rival', capabilities: [] });
    const open = (by: typeof trust, agentId: string, authorityId: string) =>
      openIntent(by, `call-${agentId}`, { trailId: 'outside-runs', agentId, authorityId });
    await open(world.trust, ALICE, 'org-acme');
    await open(trust, 'agent-rival', 'org-rival');
    await open(world.trust, MALLORY, 'org-acme');
    expect(await trust.recover()).toEqual(['call-agent-rival']);
    expect(await world.elsewhere(NO_RECORDER).recover()).toEqual([`call-${ALICE}`]);
    expect(await world.trust.recover()).toEqual([`call-${MALLORY}`]);
  });
});

describe('an agent without a chain', () => {
  it('is denied where the deployment names no recorder, and the denial says that it is not recorded', async () => {
    const trust = world.elsewhere(NO_RECORDER);
    const error = await failure(agentOf(trust, 'mallory').run('x'));
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'NO_CHAIN' } });
    expect(error.message).toContain('names no recorder');
    expect(work).not.toHaveBeenCalled();
    expect(await everything()).toEqual(NOTHING);
  });

  it('is denied on a record of the one recorder that all processes share', async () => {
    const trusts = [world.trust, world.elsewhere(), world.elsewhere()];
    const failures = await Promise.all(trusts.map((trust) => failure(agentOf(trust, 'mallory').run('x'))));
    for (const error of failures) expect(error).toMatchObject({ code: 'VERIFICATION_DENIED' });
    const { anchors } = await everything();
    expect(anchors).toHaveLength(3);
    for (const anchor of anchors)
      expect(anchor).toMatchObject({
        agent_id: 'agent-recorder-org-acme',
        result: 'denied',
        context: { subject_agent_id: MALLORY },
      });
    const { genesis } = (await world.trust.getChain('agent-recorder-org-acme')) ?? {};
    expect(genesis?.authorityId).toBe('org-acme');
  });

  it.each([
    ['org-nowhere', 'AUTHORITY_NOT_FOUND'],
    ['org-other', 'KEY_NOT_FOUND'],
  ])('is refused with the reason if the recorder %s cannot sign: %s', async (recorder, code) => {
    const { id, publicKey } = await world.trust.createEnterpriseAuthority({
      name: 'Other',
      signingKeyId: 'key-other',
    });
    world.keys.removeKey('key-other');
    const trust = world.elsewhere({ recorder, roots: [{ id, publicKey }] });
    expect(await failure(agentOf(trust, 'mallory').run('x'))).toMatchObject({ code });
    expect((await everything()).anchors).toEqual([]);
  });
});

it('a revocation of a person needs a recorder, and changes nothing without one', async () => {
  const trust = world.elsewhere(NO_RECORDER);
  const person = await world.pseudonymOf('dave');
  expect(await failure(trust.revoke({ humanId: 'dave', reason: 'left' }))).toMatchObject({
    code: 'RECORDER_REQUIRED',
  });
  const revocations = { revocations: [{ kind: 'person' as const, subjectIds: [person] }] };
  expect((await world.store.read(revocations)).revocations.flat()).toEqual([]);
  await world.trust.revoke({ humanId: 'dave', reason: 'left' });
  expect((await world.store.read(revocations)).revocations.flat()).toHaveLength(1);
});
