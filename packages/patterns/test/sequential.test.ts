import type { InvocationContext } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { type Cast, contextOf, failureOf, grants, steps, world } from './harness.js';

/** An agent that adds its name to what it got. */
const adds = (name: string, more: Omit<Cast, 'agent'> = {}): Cast => ({
  agent: (input: unknown) => `${String(input)} ${name}`,
  ...more,
});

describe('sequential: A → B → C', () => {
  it('gives each agent what the one before it returned, under a delegation from that one', async () => {
    const { run, trust } = await world({ alice: adds('alice'), bob: adds('bob'), carol: adds('carol') });
    const result = await run('sequential', 'in');
    expect(result.result).toBe('in alice bob carol');
    expect(steps(result)).toEqual([
      'alice execute success',
      'bob execute success',
      'carol execute success',
      'alice orchestration_complete success',
    ]);
    expect(grants(result)).toEqual(['alice → bob: execute', 'bob → carol: execute']);
    const [first, second] = result.delegations;
    expect([first?.parentDelegationId ?? null, second?.parentDelegationId]).toEqual([null, first?.id]);
    expect([0, 1, 2].map((i) => contextOf(result, i).delegation_id)).toEqual([null, first?.id, second?.id]);
    expect(await trust.verifyTrail(result.runId)).toMatchObject({ valid: true, entries: 4 });
  });

  it('is the default, and does with one agent', async () => {
    const { run } = await world({ alice: adds('alice') });
    const result = await run(undefined as never, 'in');
    expect(result.result).toBe('in alice');
    expect(result.delegations).toEqual([]);
  });

  it('delegates every capability of the next agent that the agent before it can give', async () => {
    const { run } = await world({
      alice: adds('alice', { capabilities: ['read_mail', 'send_mail'] }),
      bob: adds('bob', { capabilities: ['file_mail', 'send_mail', 'read_mail'] }),
    });
    const result = await run('sequential', 'in');
    expect(grants(result)).toEqual(['alice → bob: send_mail, read_mail']);
    expect(steps(result)[1]).toBe('bob send_mail success');
  });

  it('delegates "do your own job" where the delegator was not delegated what both hold', async () => {
    const { run } = await world({
      alice: adds('alice', { capabilities: ['read_mail'] }),
      bob: adds('bob', { capabilities: ['read_mail', 'send_mail'] }),
      carol: adds('carol', { capabilities: ['send_mail'] }),
    });
    const result = await run('sequential', 'in');
    expect(grants(result)).toEqual(['alice → bob: read_mail', 'bob → carol: execute']);
    expect(steps(result).slice(1, 3)).toEqual(['bob read_mail success', 'carol execute success']);
  });

  it('delegates by name what a wildcard covers, and what was only delegated to the delegator', async () => {
    const { run } = await world(
      {
        alice: adds('alice', { capabilities: ['read_*'] }),
        bob: adds('bob', { capabilities: ['read_mail'] }),
        carol: adds('carol', { capabilities: ['send_mail', 'read_mail'] }),
      },
      { strictDelegation: true },
    );
    expect(grants(await run('sequential', 'in'))).toEqual([
      'alice → bob: read_mail',
      'bob → carol: read_mail',
    ]);
  });

  it('refuses "do your own job" under strictDelegation', async () => {
    const bob = vi.fn();
    const { run } = await world({ alice: adds('alice'), bob: { agent: bob } }, { strictDelegation: true });
    const { error, trace } = await failureOf(run('sequential', 'in'));
    expect(error).toMatchObject({ code: 'DELEGATION_REFUSED', received: "'execute'" });
    expect(steps(trace)).toEqual([
      'alice execute success',
      'alice delegate denied',
      'alice orchestration_failed failure',
    ]);
    expect(bob).not.toHaveBeenCalled();
  });

  it('works under strictDelegation where there is a capability to delegate', async () => {
    const capabilities = ['read_mail'];
    const cast = { alice: adds('alice', { capabilities }), bob: adds('bob', { capabilities }) };
    const { run } = await world(cast, { strictDelegation: true });
    expect(grants(await run('sequential', 'in'))).toEqual(['alice → bob: read_mail']);
  });

  it('passes constraints on: of the agents, and of the options', async () => {
    const { run } = await world({
      alice: adds('alice', { constraints: ['read_only'] }),
      bob: adds('bob', { constraints: ['no_pii_export'] }),
      carol: adds('carol'),
    });
    const result = await run('sequential', 'in', { options: { constraints: ['audit_required'] } });
    expect(grants(result)).toEqual([
      'alice → bob: execute [read_only, audit_required]',
      'bob → carol: execute [no_pii_export, read_only, audit_required]',
    ]);
  });

  it('stops at an agent whose predecessor may not delegate', async () => {
    const bob = vi.fn();
    const { run } = await world({
      alice: adds('alice', { constraints: ['no_delegation'] }),
      bob: { agent: bob },
    });
    const { error } = await failureOf(run('sequential', 'in'));
    expect(error.code).toBe('DELEGATION_REFUSED');
    expect(bob).not.toHaveBeenCalled();
  });

  it('stops at the agent that fails', async () => {
    const carol = vi.fn();
    const { run, trust } = await world({
      alice: adds('alice'),
      bob: { agent: () => Promise.reject(new Error('no')) },
      carol: { agent: carol },
    });
    const { error, trace } = await failureOf(run('sequential', 'in'));
    expect(error).toMatchObject({ code: 'AGENT_FAILED', evidence: { agentId: 'agent-bob' } });
    expect(steps(trace)).toEqual([
      'alice execute success',
      'bob execute failure',
      'alice orchestration_failed failure',
    ]);
    expect(carol).not.toHaveBeenCalled();
    expect(await trust.verifyTrail(error.run!.runId)).toMatchObject({ valid: true, entries: 3 });
  });

  it('tells each agent what it was delegated', async () => {
    const seen: unknown[] = [];
    const agent = (_input: unknown, { delegation }: InvocationContext) =>
      void seen.push(delegation?.delegatorId);
    const { run } = await world({ alice: { agent }, bob: { agent }, carol: { agent } });
    await run('sequential', 'in');
    expect(seen).toEqual([undefined, 'agent-alice', 'agent-bob']);
  });

  it.each([
    [3, 4],
    [10, 11],
  ])('is a line of maxDelegationDepth plus one at most: %i', async (maxDelegationDepth, longest) => {
    const line = (length: number) =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`a${i}`, adds(`a${i}`)]));
    const fits = await world(line(longest), { maxDelegationDepth });
    expect((await fits.run('sequential', 'in')).auditTrail).toHaveLength(longest + 1);
    const tooLong = await world(line(longest + 1), { maxDelegationDepth });
    const { error, trace } = await failureOf(tooLong.run('sequential', 'in'));
    expect(error).toMatchObject({
      code: 'DELEGATION_DEPTH_EXCEEDED',
      expected: `at most ${maxDelegationDepth} delegations one under another`,
    });
    // No agent has acted.
    expect(steps(trace)).toEqual(['a0 orchestration_failed failure']);
  });

  it.each([
    [{ constraints: 'read_only' }, 'constraints'],
    [{ constraint: [] }, 'constraint'],
  ])('refuses the options %j', async (options, issue) => {
    const { run } = await world({ alice: adds('alice') });
    await expect(run('sequential', 'in', { options: options as never })).rejects.toMatchObject({
      code: 'INVALID_PATTERN_OPTIONS',
      received: expect.stringContaining(issue),
    });
  });
});
