import {
  type AgentDefinition,
  type DeploymentOptions,
  InMemoryKeyManager,
  type OpenDeployment,
  openDeployment,
} from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { sequential } from '@kaizen-eatp/patterns';
import { suiteStore } from 'suite-store';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openIntent } from '../trust/open-intent.js';

let store: TrustStore;
let keys: InMemoryKeyManager;
beforeEach(() => {
  store = suiteStore();
  keys = new InMemoryKeyManager();
});

const AGENTS = {
  clerk: { agent: (text: string) => text.trim(), capabilities: ['tidy'], constraints: ['read_only'] },
  writer: {
    agent: (text: string) => `${text}!`,
    capabilities: [{ capability: 'write', constraints: ['eu'] }],
  },
} satisfies Record<string, AgentDefinition>;

const open = (more: Partial<DeploymentOptions<'clerk' | 'writer'>> = {}) =>
  openDeployment({ store, keys, authority: { name: 'ACME Corp' }, agents: AGENTS, ...more });
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error) => error,
  );
const chains = async ({ agents }: OpenDeployment<string>) =>
  (await store.readChains(Object.values(agents).map(({ id }) => id))).map((chain) => chain?.text);

describe('openDeployment', () => {
  it('creates the authority and the agents on the first start', async () => {
    const { authority, agents, recovered, trust } = await open();
    expect(authority).toMatchObject({ id: 'org-acme-corp', name: 'ACME Corp' });
    expect(agents.clerk).toMatchObject({ isTrusted: true, capabilities: ['tidy'] });
    expect(agents.writer.effectiveConstraints).toEqual(['eu']);
    expect(recovered).toEqual([]);
    expect(await agents.clerk.run('  x ')).toBe('x');
    expect((await trust.verifyTrail()).problems).toEqual([]);
  });

  it('finds everything on later starts, and writes nothing', async () => {
    const first = await open();
    const before = await chains(first);
    const commit = vi.spyOn(store, 'commit');
    const again = await open();
    expect(commit).not.toHaveBeenCalled();
    expect(again.authority).toEqual(first.authority);
    expect(await chains(again)).toEqual(before);
    expect(await again.agents.clerk.run(' y ')).toBe('y');
  });

  it('passes on to an agent what concerns its code', async () => {
    const writer = {
      ...AGENTS.writer,
      interrupted: 'retry',
      requiresApproval: { approvers: ['org-board'] },
    } as const;
    await open({ agents: { ...AGENTS, writer } });
    const misspelt = { ...writer, interrupted: 'again' as 'retry' };
    expect(await failure(open({ agents: { ...AGENTS, writer: misspelt } }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('interrupted'),
    });
  });

  it('runs its agents, or those that a runtime names', async () => {
    const deployment = await open();
    const both = deployment.createRuntime({ patterns: [sequential] });
    const { result, auditTrail } = await both.execute(' hello ');
    expect(result).toBe('hello!');
    expect(auditTrail.map(({ agentId }) => agentId)).toContain('agent-writer');
    const one = deployment.createRuntime({ patterns: [sequential], agents: ['writer'] });
    expect((await one.execute(' hello ')).result).toBe(' hello !');
    expect(() => deployment.createRuntime({ patterns: [], agents: ['nobody' as 'clerk'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('lets any number of starts at the same time share one authority and one chain for each agent', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => open()));
    expect(new Set(opened.map(({ authority }) => authority.publicKey)).size).toBe(1);
    const texts = await Promise.all(opened.map(chains));
    for (const text of texts) expect(text).toEqual(texts[0]);
    await Promise.all(opened.map(({ agents }) => agents.clerk.run(' z ')));
  });

  it('attests a capability that was added, changes nothing else, and keeps one that was removed', async () => {
    await open();
    const added = { ...AGENTS, clerk: { ...AGENTS.clerk, capabilities: ['tidy', 'sort'] } };
    const [one, two] = await Promise.all([open({ agents: added }), open({ agents: added })]);
    for (const { agents } of [one, two]) expect(agents.clerk.capabilities).toEqual(['tidy', 'sort']);
    const { agents } = await open();
    expect(agents.clerk.capabilities).toEqual(['tidy', 'sort']);
    expect(
      (await one.trust.getChain('agent-clerk'))?.capabilities.map(({ constraints }) => constraints),
    ).toEqual(expect.arrayContaining([['read_only'], ['read_only']]));
  });

  it.each<[string, Partial<DeploymentOptions<'clerk' | 'writer'>>, object]>([
    [
      'other constraints of a capability',
      { agents: { ...AGENTS, clerk: { ...AGENTS.clerk, constraints: [] } } },
      { code: 'INVALID_ARGUMENT', expected: 'none', received: 'read_only' },
    ],
    [
      'an agent of another authority',
      { authority: { name: 'Rival' } },
      { code: 'INVALID_ARGUMENT', expected: "'org-rival'", received: "'org-acme-corp'" },
    ],
    [
      'another name that gives the same id',
      { authority: { name: 'Acme-corp' } },
      { code: 'AUTHORITY_ALREADY_EXISTS', expected: "name 'Acme-corp'" },
    ],
    ['a missing key', { keys: new InMemoryKeyManager() }, { code: 'KEY_NOT_FOUND' }],
    ['a store without keys', { keys: undefined as never }, { code: 'INVALID_ARGUMENT' }],
    ['an unknown option', { agent: {} } as never, { code: 'INVALID_ARGUMENT' }],
    [
      'an agent without code',
      { agents: { clerk: { capabilities: [] } } as never },
      { code: 'INVALID_ARGUMENT' },
    ],
  ])('refuses %s, and changes nothing', async (_what, more, error) => {
    const first = await open();
    const before = await chains(first);
    vi.spyOn(store, 'close').mockResolvedValue();
    expect(await failure(open(more))).toMatchObject(error);
    vi.restoreAllMocks();
    expect(await chains(first)).toEqual(before);
    expect((await open()).authority).toEqual(first.authority);
  });

  it('leaves a revoked agent revoked, and lets the others act', async () => {
    const { trust } = await open();
    await trust.revoke({ agentId: 'agent-clerk', reason: 'left' });
    const { agents } = await open();
    expect(agents.clerk.isTrusted).toBe(false);
    expect(await failure(agents.clerk.run(' x '))).toMatchObject({ code: 'VERIFICATION_DENIED' });
    expect(await agents.writer.run('x')).toBe('x!');
  });

  it('closes what a crash left open', async () => {
    const { trust, authority } = await open();
    await openIntent(trust, 'run-1/1', { agentId: 'agent-clerk', authorityId: authority.id });
    expect((await open()).recovered).toEqual(['run-1/1']);
  });

  it('records what an agent without a chain is denied, since its authority is the recorder', async () => {
    const { trust } = await open();
    const { TrustedAgent } = await import('@kaizen-eatp/core');
    const stranger = new TrustedAgent({ name: 'stranger', trust, agent: () => 'never' });
    expect(await failure(stranger.run('x'))).toMatchObject({ code: 'VERIFICATION_DENIED' });
    const [entry] = await store.readTrail('outside-runs');
    expect(entry?.agentId).toBe('agent-recorder-org-acme-corp');
  });

  it('closes the store and the key manager once with `await using`, and if it fails', async () => {
    const close = vi.spyOn(store, 'close');
    const release = vi.fn();
    const closing = Object.assign(keys, { close: release });
    {
      await using deployment = await open({ keys: closing });
      expect(deployment.agents.clerk.isTrusted).toBe(true);
      expect(close).not.toHaveBeenCalled();
    }
    expect([close.mock.calls.length, release.mock.calls.length]).toEqual([1, 1]);
    const other = suiteStore();
    const closeOther = vi.spyOn(other, 'close');
    await open({ store: other, agents: { clerk: { agent: 5, capabilities: [] } } as never }).catch(
      () => undefined,
    );
    expect([closeOther.mock.calls.length, release.mock.calls.length]).toEqual([1, 2]);
  });

  it('needs nothing but an authority', async () => {
    await using deployment = await openDeployment({ authority: { name: 'ACME' } });
    expect(deployment.agents).toEqual({});
    expect(await deployment.trust.getAuthority('org-acme')).toEqual(deployment.authority);
  });
});
