import {
  type Authority,
  InMemoryKeyManager,
  type KeyManager,
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  type TrustOperations,
} from '@kaizen-eatp/core';
import { authorityCodec } from '@kaizen-eatp/core/records';
import { sequential } from '@kaizen-eatp/patterns';
import { beforeEach, describe, expect, it } from 'vitest';
import { FailingStore } from '../runtime/failing-store.js';
import { ALICE, accepted, BOB, failure, human, World } from './world.js';

const RECORD_ID = 'system-person-pseudonyms';
const DAVE = {
  humanId: 'dave.miller@acme.example',
  displayName: 'Dave Ünique-Miller',
  authProvider: 'https://login.acme.example',
  sessionId: 'session-of-dave-77',
  authenticatedAt: '2026-01-05T11:03:59+00:00',
};

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read', 'write']);
  await world.establish(BOB, ['bake']);
});

const delegateFor = (trust: TrustOperations, humanId: string, more: object = {}) =>
  trust.delegate({
    delegatorId: ALICE,
    delegateeId: BOB,
    taskId: 't',
    capabilities: ['read'],
    humanOrigin: human(humanId),
    ...more,
  });
const personOf = async (trust: TrustOperations, humanId: string): Promise<string | null | undefined> => {
  const { id } = await delegateFor(trust, humanId);
  return (await world.store.readDelegationPath(id))[0]?.person;
};

/** The same keys, but without those that tests take away. */
class OtherKeys implements KeyManager {
  constructor(
    private readonly keys: KeyManager,
    private readonly signing: (text: string, keyId: string) => string | Promise<string>,
  ) {}
  generateKey = (keyId: string) => this.keys.generateKey(keyId);
  publicKey = (keyId: string) => this.keys.publicKey(keyId);
  sign = (text: string, keyId: string) => this.signing(text, keyId);
}

/** A key manager of another process, to which only the key of the authority was given. */
async function keysOfStranger(): Promise<InMemoryKeyManager> {
  const keys = new InMemoryKeyManager();
  await keys.importKey('key-org-acme', world.key.privateKey);
  return keys;
}

describe('the pseudonym of a person', () => {
  it('is the same in every process that shares the keys, and different for each person', async () => {
    const dave = await personOf(world.trust, 'dave');
    expect(dave).toMatch(/^person-[0-9a-f]{32}$/);
    expect(await personOf(world.trust, 'dave')).toBe(dave);
    expect(await personOf(world.elsewhere(), 'dave')).toBe(dave);
    expect(await personOf(world.elsewhere(), 'Dave')).not.toBe(dave);
  });

  it('is the same for processes that need the key for the first time concurrently', async () => {
    const found = await Promise.all(Array.from({ length: 6 }, () => personOf(world.elsewhere(), 'dave')));
    expect(new Set(found).size).toBe(1);
  });

  it('is another one in a deployment with other keys, so that it cannot be guessed from the id', async () => {
    const other = await World.create();
    expect(await other.pseudonymOf('dave')).not.toBe(await world.pseudonymOf('dave'));
  });

  it('stays the same if the record of its key is lost and the key is not', async () => {
    const dave = await world.pseudonymOf('dave');
    const restored = new World({ store: new MemoryTrustStore(), keyManager: world.keys });
    expect(await restored.pseudonymOf('dave')).toBe(dave);
  });
});

describe('a process with another key of pseudonyms', () => {
  it('is refused wherever it names a person, and stores nothing', async () => {
    await delegateFor(world.trust, 'dave');
    const stranger = world.elsewhere({ keyManager: await keysOfStranger() });
    const agent = new TrustedAgent({ name: 'alice', trust: stranger, agent: () => 'done' });
    const before = await world.store.findDelegations({ taskId: 't' });
    for (const call of [
      () => delegateFor(stranger, 'dave'),
      () => stranger.revoke({ humanId: 'dave', reason: 'left' }),
      () => stranger.audit({ agentId: ALICE, action: 'read', result: 'success', humanOrigin: human('dave') }),
      () => agent.run('x', { humanOrigin: human('dave') }),
    ])
      expect(await failure(call()), String(call)).toMatchObject({ code: 'PERSON_KEY_MISMATCH' });
    expect(await world.store.findDelegations({ taskId: 't' })).toEqual(before);
    expect(await world.store.readTrail('outside-runs')).toEqual([]);
    expect(await world.store.openIntents()).toEqual([]);
  });

  it('works without persons, and with them once it has the key', async () => {
    await delegateFor(world.trust, 'dave');
    const keys = await keysOfStranger();
    const stranger = world.elsewhere({ keyManager: keys });
    await stranger.audit({ agentId: ALICE, action: 'read', result: 'success' });
    expect(await failure(delegateFor(stranger, 'dave'))).toMatchObject({ code: 'PERSON_KEY_MISMATCH' });
    const repaired = world.elsewhere({ keyManager: world.keys });
    expect(await personOf(repaired, 'dave')).toBe(await world.pseudonymOf('dave'));
  });

  it('is refused as well if both need a key for the first time concurrently: one of them wins', async () => {
    const trusts = [world.trust, world.elsewhere({ keyManager: await keysOfStranger() })];
    const results = await Promise.allSettled(trusts.map((trust) => delegateFor(trust, 'dave')));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [refused] = results.filter((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'PERSON_KEY_MISMATCH' });
  });

  it.each<[string, (record: Authority) => string]>([
    [
      'names another public key',
      (record) => authorityCodec.encodeText({ ...record, publicKey: world.acme.publicKey }),
    ],
    ['was overwritten', () => '{}'],
    ['is the record of another authority', () => authorityCodec.encodeText(world.acme)],
  ])('is refused if the record of the key %s', async (_what, edit) => {
    await delegateFor(world.trust, 'dave');
    const [stored] = await world.store.readAuthorities([RECORD_ID]);
    const text = edit(authorityCodec.decodeText(stored?.text as string));
    await world.store.commit([
      { op: 'put_authority', authorityId: RECORD_ID, text, ifVersion: stored?.version as string },
    ]);
    expect(await failure(delegateFor(world.elsewhere(), 'dave'))).toMatchObject({
      code: 'PERSON_KEY_MISMATCH',
    });
  });

  it('is not misled by a record that says that the key is kept elsewhere', async () => {
    const dave = await world.pseudonymOf('dave');
    const [stored] = await world.store.readAuthorities([RECORD_ID]);
    const record = authorityCodec.decodeText(stored?.text as string);
    const text = authorityCodec.encodeText({ ...record, signingKeyId: 'key-org-acme' });
    await world.store.commit([
      { op: 'put_authority', authorityId: RECORD_ID, text, ifVersion: stored?.version as string },
    ]);
    expect(await personOf(world.elsewhere(), 'dave')).toBe(dave);
  });
});

it.each<[string, (text: string, keyId: string) => string | Promise<string>, object]>([
  [
    'signs differently each time',
    (() => {
      let n = 0;
      return () => `${'A'.repeat(83)}${n++}AA==`;
    })(),
    { received: 'a different signature each time' },
  ],
  ['signs with another key', () => `${'A'.repeat(86)}==`, { received: 'an invalid signature' }],
  ['fails', () => Promise.reject(new Error('no power')), { received: expect.stringContaining('no power') }],
])('a key manager that %s is refused for the key of pseudonyms', async (_what, sign, details) => {
  const trust = world.elsewhere({ keyManager: new OtherKeys(world.keys, sign) });
  expect(await failure(trust.revoke({ humanId: 'dave', reason: 'left' }))).toMatchObject({
    code: 'SIGNING_FAILED',
    ...details,
  });
});

describe('personal data', () => {
  const dump = async (store: MemoryTrustStore): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of store.exportJsonLines()) lines.push(line);
    return lines;
  };

  it('is stored in disclosures only, whatever is done on behalf of a person', async () => {
    const store = new MemoryTrustStore();
    const own = await World.create({ store });
    const { trust } = own;
    const forDave = { humanOrigin: DAVE };
    for (const agentId of [ALICE, BOB])
      await trust.establish({ agentId, authorityId: 'org-acme', capabilities: ['read', 'write'] });
    const alice = new TrustedAgent({
      name: 'alice',
      trust,
      agent: async (input: unknown, context) => {
        await context.callTool('read', { input });
        const delegation = await context.delegate(bob, { capabilities: ['read'] });
        expect(delegation).toBeDefined();
        return context.invoke(bob, input);
      },
      tools: { read: { capability: 'read', effects: 'read', run: () => 'content' } },
    });
    const bob = new TrustedAgent({
      name: 'bob',
      trust,
      agent: (input: unknown) => {
        if (input === 'fail') throw new Error('bob failed');
        return input;
      },
    });
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice, bob },
      trust,
      patterns: [sequential],
    });
    await runtime.execute('ok', { pattern: 'sequential', ...forDave });
    await runtime.execute('fail', { pattern: 'sequential', ...forDave }).catch(() => undefined);
    await alice.run('alone', forDave);
    await bob.run('denied', { ...forDave, action: 'admin' }).catch(() => undefined);
    await trust.audit({ agentId: ALICE, action: 'read', result: 'success', ...forDave });
    const delegation = {
      delegatorId: ALICE,
      delegateeId: BOB,
      taskId: 't',
      capabilities: ['read'],
      ...forDave,
    };
    await trust.delegate(delegation);
    await accepted(trust, { ...delegation, lasting: true });
    await trust.revoke({ humanId: DAVE.humanId, reason: 'left the firm' });
    await runtime.execute('revoked', { pattern: 'sequential', ...forDave }).catch(() => undefined);

    const lines = await dump(store);
    const isDisclosure = (line: string) => line.includes(DAVE.humanId) || line.includes('"salt"');
    const disclosures = lines.filter(isDisclosure);
    expect(disclosures.length).toBeGreaterThan(3);
    const rest = lines.filter((line) => !isDisclosure(line)).join('\n');
    expect(rest).toContain(await own.pseudonymOf(DAVE.humanId));
    for (const text of [...Object.values(DAVE), 'dave', 'Dave', 'Miller', 'human_origin', 'human_id'])
      expect(rest, text).not.toContain(text);
    for (const line of disclosures) expect(line).toMatch(/disclosure/);

    await store.commit([{ op: 'erase_person', person: await own.pseudonymOf(DAVE.humanId) }]);
    const erased = (await dump(store)).join('\n');
    for (const text of Object.values(DAVE)) expect(erased, text).not.toContain(text);
    expect(await trust.verifyTrail()).toMatchObject({ state: 'open' });
    expect(await failure(trust.delegate(delegation))).toMatchObject({ code: 'REVOKED' });
  });

  it('is written once for each run, call or audit', async () => {
    const store = new FailingStore();
    const trust = world.elsewhere({ store });
    await trust.createEnterpriseAuthority({ name: 'ACME', id: 'org-acme' });
    for (const agentId of [ALICE, BOB])
      await trust.establish({ agentId, authorityId: 'org-acme', capabilities: ['read'] });
    const agents = ['alice', 'bob'].map(
      (name) => new TrustedAgent({ name, trust, agent: (x: unknown) => x }),
    );
    const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential] });
    await trust.audit({ agentId: ALICE, action: 'read', result: 'success', humanOrigin: human('erin') });
    const digests = async (work: () => Promise<unknown>): Promise<string[]> => {
      store.arm(() => undefined);
      await work();
      return store.commits
        .flat()
        .flatMap((write) => (write.op === 'put_disclosure' ? [write.disclosure.digest] : []));
    };
    const humanOrigin = human('dave');
    for (const work of [
      () => runtime.execute('x', { pattern: 'sequential', humanOrigin }),
      () => (agents[0] as TrustedAgent).run('x', { humanOrigin }),
      () => trust.audit({ agentId: ALICE, action: 'read', result: 'success' as const, humanOrigin }),
    ]) {
      const written = await digests(work);
      expect(written, String(work)).toHaveLength(1);
      const [disclosure] = await store.readDisclosures(written);
      expect(JSON.parse(disclosure?.text as string)).toMatchObject({ human_id: 'dave' });
    }
    expect(await digests(() => trust.audit({ agentId: ALICE, action: 'read', result: 'success' }))).toEqual(
      [],
    );
  });
});
