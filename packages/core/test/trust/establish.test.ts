import type { EstablishRequest } from '@kaizen-eatp/core';
import { TrustLineageChain } from '@kaizen-eatp/core/records';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, failure, minutes, START, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
});

const request = (more: object = {}): EstablishRequest => ({
  agentId: BOB,
  authorityId: 'org-acme',
  capabilities: ['read'],
  ...more,
});

describe('establish', () => {
  it('gives an agent a signed chain with what was asked and the two capabilities of the protocol', async () => {
    const chain = await world.trust.establish(
      request({
        capabilities: [
          'read',
          {
            capability: 'db_*',
            capabilityType: 'access',
            constraints: ['read_only', 'eu'],
            scope: { tables: ['t'] },
          },
        ],
        constraints: ['audit_required', 'eu'],
        metadata: { team: 'x', at: minutes(0), n: 2n ** 63n },
        expiresAt: minutes(60),
      }),
    );
    expect(chain.genesis).toMatchObject({
      agentId: BOB,
      authorityId: 'org-acme',
      authorityType: 'organization',
      createdAt: '2026-01-05T12:00:00+00:00',
      expiresAt: '2026-01-05T13:00:00+00:00',
      metadata: { team: 'x', at: '2026-01-05T12:00:00+00:00' },
    });
    expect(chain.capabilities.map((c) => [c.capability, c.capabilityType, c.constraints, c.scope])).toEqual([
      ['read', 'action', ['audit_required', 'eu'], {}],
      ['db_*', 'access', ['read_only', 'eu', 'audit_required'], { tables: ['t'] }],
      ['orchestration_participation', 'action', ['audit_required', 'eu'], {}],
      ['execute', 'action', ['audit_required', 'eu'], {}],
    ]);
    expect(chain.capabilities.every((c) => c.signingPayloadVersion === 'v1-subject-bound')).toBe(true);
    expect(chain.delegations).toEqual([]);
    const stored = await world.stored(BOB);
    expect(stored.text).toBe(chain.toText());
    expect(TrustLineageChain.parse(stored.text).toText()).toBe(stored.text);
    expect((await world.trust.verify({ agentId: BOB, action: 'db_x', level: 'full' })).valid).toBe(true);
  });

  it('does not attest a protocol capability twice, nor where it is declined', async () => {
    const names = async (more: object) =>
      (await world.trust.establish(request(more))).capabilities.map((c) => c.capability);
    expect(await names({ capabilities: ['execute'] })).toEqual(['execute', 'orchestration_participation']);
    expect(await names({ agentId: ALICE, protocolCapabilities: false })).toEqual(['read']);
  });

  it('signs a copy: later changes of what was passed do not reach it', async () => {
    const metadata = { tags: ['a'] };
    const constraints = ['eu'];
    const chain = await world.trust.establish(request({ metadata, constraints }));
    metadata.tags.push('b');
    constraints.pop();
    expect(chain.genesis.metadata).toEqual({ tags: ['a'] });
    expect((await world.trust.verify({ agentId: BOB, action: 'read' })).effectiveConstraints).toEqual(['eu']);
  });

  it.each<[string, object, string]>([
    ['an agent id of nothing', { agentId: '' }, 'INVALID_ARGUMENT'],
    ['an agent id with a blank', { agentId: 'agent bob' }, 'INVALID_ARGUMENT'],
    ['an agent id that is too long', { agentId: 'a'.repeat(257) }, 'INVALID_ARGUMENT'],
    ['an agent id with a control character', { agentId: 'a\0b' }, 'INVALID_ARGUMENT'],
    ['an agent id that is not a string', { agentId: 5 }, 'INVALID_ARGUMENT'],
    ['an unknown authority', { authorityId: 'org-x' }, 'AUTHORITY_NOT_FOUND'],
    ['no capabilities at all', { capabilities: undefined }, 'INVALID_ARGUMENT'],
    ['a string for the capabilities', { capabilities: 'read' }, 'INVALID_ARGUMENT'],
    ['an empty capability', { capabilities: [''] }, 'INVALID_ARGUMENT'],
    ['a capability with a blank', { capabilities: ['read all'] }, 'INVALID_ARGUMENT'],
    ['a capability with two stars', { capabilities: ['a*b*'] }, 'INVALID_ARGUMENT'],
    ['a capability that is too long', { capabilities: ['a'.repeat(257)] }, 'INVALID_ARGUMENT'],
    ['a capability that is null', { capabilities: [null] }, 'INVALID_ARGUMENT'],
    ['a capability request without a name', { capabilities: [{}] }, 'INVALID_ARGUMENT'],
    [
      'an unknown capability type',
      { capabilities: [{ capability: 'a', capabilityType: 'x' }] },
      'INVALID_ARGUMENT',
    ],
    [
      'constraints of a capability that are a string',
      { capabilities: [{ capability: 'a', constraints: 'eu' }] },
      'INVALID_ARGUMENT',
    ],
    ['constraints that are a string', { constraints: 'read_only' }, 'INVALID_ARGUMENT'],
    ['an empty constraint', { constraints: [''] }, 'INVALID_ARGUMENT'],
    ['a constraint that is not a string', { constraints: [5] }, 'INVALID_ARGUMENT'],
    ['an expiry that is past', { expiresAt: new Date(START - 1) }, 'INVALID_ARGUMENT'],
    ['an expiry that is now', { expiresAt: new Date(START) }, 'INVALID_ARGUMENT'],
    ['an expiry that is no moment', { expiresAt: new Date(Number.NaN) }, 'INVALID_ARGUMENT'],
    ['an expiry without its offset', { expiresAt: '2030-01-02T03:04:05' }, 'INVALID_ARGUMENT'],
    [
      'an expiry in Z, which Python does not write',
      { expiresAt: '2030-01-02T03:04:05Z' },
      'INVALID_ARGUMENT',
    ],
    ['an expiry on a day that is none', { expiresAt: '2030-13-02T03:04:05+00:00' }, 'INVALID_ARGUMENT'],
    ['an expiry that is a number', { expiresAt: START + 1e6 }, 'INVALID_ARGUMENT'],
    ['metadata that JSON cannot hold', { metadata: { f: () => 1 } }, 'UNSUPPORTED_VALUE'],
    [
      'a scope that JSON cannot hold',
      { capabilities: [{ capability: 'a', scope: { n: Number.NaN } }] },
      'UNSUPPORTED_VALUE',
    ],
  ])('refuses %s, and stores nothing', async (_what, wrong, code) => {
    expect(await failure(world.trust.establish(request(wrong)))).toMatchObject({
      code,
      remedy: expect.stringMatching(/\S/),
    });
    expect(await world.store.listChains()).toEqual([]);
  });

  it('refuses an agent that has a chain, or was revoked and not reinstated', async () => {
    await world.trust.establish(request());
    expect(await failure(world.trust.establish(request()))).toMatchObject({
      code: 'AGENT_ALREADY_ESTABLISHED',
      evidence: { agentId: BOB },
    });
    await world.trust.revoke({ agentId: BOB, reason: 'left' });
    expect(await failure(world.trust.establish(request()))).toMatchObject({ code: 'AGENT_REVOKED' });
    await world.trust.reinstate({ agentId: BOB, reason: 'came back' });
    await expect(world.trust.establish(request())).resolves.toMatchObject({ agentId: BOB });
  });

  it('lets one of two at once establish an agent, and tells the other', async () => {
    const results = await Promise.allSettled([
      world.trust.establish(request()),
      world.elsewhere().establish(request()),
    ]);
    const failed = results.flatMap((r) => (r.status === 'rejected' ? [r.reason.code] : []));
    expect(failed).toEqual(['AGENT_ALREADY_ESTABLISHED']);
  });

  it('refuses an authority that is inactive, may not create agents, or whose key is elsewhere', async () => {
    await world.trust.createEnterpriseAuthority({ name: 'Weak', permissions: ['delegate_trust'] });
    expect(await failure(world.trust.establish(request({ authorityId: 'org-weak' })))).toMatchObject({
      code: 'AUTHORITY_NOT_PERMITTED',
      expected: "the permission 'create_agents'",
      received: 'delegate_trust',
    });
    await world.trust.setAuthorityActive('org-acme', false);
    expect(await failure(world.trust.establish(request()))).toMatchObject({
      code: 'AUTHORITY_NOT_PERMITTED',
    });
    await world.trust.setAuthorityActive('org-acme', true);
    world.keys.removeKey('key-org-acme');
    expect(await failure(world.trust.establish(request()))).toMatchObject({ code: 'KEY_NOT_FOUND' });
  });
});
