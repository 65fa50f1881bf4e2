import type { InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, gate, never, rejection, said, World } from './world.js';

/** An agent that starts, says so, and then never ends by itself. */
function hanging() {
  const started = gate();
  const aborted = vi.fn();
  const work = (_input: unknown, { signal }: InvocationContext): Promise<never> => {
    signal.addEventListener('abort', () => aborted(signal.reason));
    started.open();
    return never();
  };
  return { work, started: started.opened, aborted };
}

describe('authority that is withdrawn in mid-run stops what rests on it', () => {
  it.each([
    ['the agent itself', 'agent-bob'],
    ['its delegator', 'agent-alice'],
  ])('agent revoked: %s', async (_who, agentId) => {
    const world = await World.make();
    const { work, started, aborted } = hanging();
    const alice = await world.agent('alice');
    const bob = await world.agent('bob', work);
    const run = world.execute([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      return invoke(b!, 1);
    });
    await started;
    const ended = rejection(run);
    await world.trust.revoke({ agentId, reason: 'stolen key' });
    const error = await ended;
    expect(error).toMatchObject({
      code: 'REVOKED',
      evidence: { subject: `agent ${agentId}`, reason: 'stolen key' },
    });
    expect(aborted).toHaveBeenCalledWith(error);
    const trail = await world.remains(error);
    expect(said(trail)).toEqual(['bob execute denied revoked', 'alice orchestration_failed failure failure']);
    expect(trail[0]?.context).toMatchObject({ error: { code: 'REVOKED' } });
  });

  it('agent revoked: it may not act again in the run, whatever the pattern makes of the error', async () => {
    const world = await World.make();
    const { work, started } = hanging();
    const alice = await world.agent('alice', work);
    const run = world.execute([alice], async ({ agents: [a], invoke }) => {
      const first = await rejection(invoke(a!, 1));
      expect(first.code).toBe('REVOKED');
      return invoke(a!, 2);
    });
    await started;
    const ended = rejection(run);
    await world.trust.revoke({ agentId: alice.id, reason: 'x' });
    const error = await ended;
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'REVOKED' } });
    expect(said(await world.remains(error))).toEqual([
      'alice execute denied revoked',
      'alice execute denied denied',
      'alice orchestration_failed failure failure',
    ]);
  });

  it('its delegator has another chain, which cannot be read', async () => {
    const world = await World.make();
    const { work, started } = hanging();
    const alice = await world.agent('alice');
    const bob = await world.agent('bob', work);
    const handle = world.start([alice, bob], async ({ agents: [a, b], delegate, invoke }) => {
      await delegate(a!, b!, { capabilities: ['execute'] });
      return invoke(b!, 1);
    });
    await started;
    const [stored] = await world.store.readChains([alice.id]);
    const { version: ifVersion = null } = stored ?? {};
    const about = { agentId: alice.id, authorityId: world.authority.id, expiresAt: null };
    await world.store.commit([{ op: 'put_chain', ...about, text: '{}', ifVersion }]);
    const settled = await Promise.race([handle.result.catch((error: unknown) => error), soon()]);
    handle.cancel();
    expect(settled).toMatchObject({ code: 'REVOKED' });
  });

  it('another agent revoked: the run goes on', async () => {
    const world = await World.make();
    const mallory = await world.agent('mallory');
    const alice = await world.agent('alice', async () => {
      await world.trust.revoke({ agentId: mallory.id, reason: 'x' });
      return 'done';
    });
    const { result } = await world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    expect(result).toBe('done');
  });

  it.each([
    ['its own', 1],
    ['the one above', 0],
  ])('delegation revoked: %s', async (_which, index) => {
    const world = await World.make();
    const { work, started } = hanging();
    const agents = [await world.agent('alice'), await world.agent('bob'), await world.agent('carol', work)];
    let ids: string[] = [];
    const run = world.execute(agents, async ({ agents: [a, b, c], delegate, invoke }) => {
      const first = await delegate(a!, b!, { capabilities: ['execute'] });
      const second = await delegate(b!, c!, { capabilities: ['execute'] });
      ids = [first.id, second.id];
      return invoke(c!, 1);
    });
    await started;
    const ended = rejection(run);
    await world.trust.revoke({ delegationId: ids[index] as string, reason: 'mistake' });
    const error = await ended;
    expect(error.code).toBe('REVOKED');
    expect(said(await world.remains(error))[0]).toBe('carol execute denied revoked');
  });

  it('lasting delegation revoked: what rests on the capability that it gave is stopped', async () => {
    const world = await World.make();
    const { work, started } = hanging();
    const alice = await world.agent('alice', undefined, { capabilities: ['read_mail'] });
    const bob = await world.agent('bob', work);
    const given = await alice.delegateTo(bob, { capabilities: ['read_mail'], lasting: true });
    await bob.receiveDelegation(given);
    const handle = world.start([bob], ({ agents: [b], invoke }) => invoke(b!, 1, { action: 'read_mail' }));
    await started;
    await world.trust.revoke({ delegationId: given.id, reason: 'mistake' });
    const settled = await Promise.race([handle.result.catch((error: unknown) => error), soon()]);
    handle.cancel();
    expect(settled).toMatchObject({ code: 'REVOKED' });
  });

  it('person revoked: everything in the run stops', async () => {
    const world = await World.make();
    const { work, started } = hanging();
    const alice = await world.agent('alice', work);
    const run = world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), { humanOrigin: ALICE });
    await started;
    const ended = rejection(run);
    await world.trust.revoke({ humanId: ALICE.humanId, reason: 'left' });
    const error = await ended;
    expect(error).toMatchObject({
      code: 'REVOKED',
      evidence: { subject: expect.stringMatching(/^person person-[0-9a-f]{32}$/) },
    });
    const trail = await world.remains(error);
    expect(said(trail)).toEqual([
      'alice execute denied revoked',
      'alice orchestration_failed failure failure',
    ]);
    const { pseudonym } = trail[0]!.context!.person as { pseudonym: string };
    expect(error.evidence.subject).toBe(`person ${pseudonym}`);
  });

  it('person revoked: a pattern that is between two calls stops as well', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const waiting = gate();
    const run = world.execute(
      [alice],
      async () => {
        waiting.open();
        await never();
      },
      { humanOrigin: ALICE },
    );
    await waiting.opened;
    const ended = rejection(run);
    await world.trust.revoke({ humanId: ALICE.humanId, reason: 'left' });
    expect((await ended).code).toBe('REVOKED');
  });

  it('outside a run: a call in progress is stopped and recorded as denied', async () => {
    const world = await World.make();
    const { work, started } = hanging();
    const alice = await world.agent('alice', work);
    const call = alice.run(1);
    await started;
    const ended = rejection(call);
    await world.trust.revoke({ agentId: alice.id, reason: 'x' });
    expect((await ended).code).toBe('REVOKED');
    expect(said(await world.trail('outside-runs'))).toContain('alice execute denied revoked');
    expect(await world.store.openIntents()).toEqual([]);
  });

  it('reaches the runs even if another watcher of the store fails', async () => {
    const world = await World.make();
    const { work, started } = hanging();
    const alice = await world.agent('alice', work);
    world.trust.watch(() => {
      throw new Error('a careless listener');
    });
    const handle = world.start([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    await started;
    await world.trust.revoke({ agentId: alice.id, reason: 'x' });
    const settled = await Promise.race([handle.result.catch((error: unknown) => error), soon()]);
    handle.cancel();
    expect(settled).toMatchObject({ code: 'REVOKED' });
  });

  it('a revoked agent that waits for its turn never starts, and that is recorded as denied', async () => {
    const world = await World.make();
    const { work, started } = hanging();
    const second = vi.fn();
    const agents: TrustedAgent[] = [await world.agent('alice', work), await world.agent('bob', second)];
    const run = world.start(
      agents,
      async ({ agents: [a, b], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['execute'] });
        const first = invoke(a!, 1).catch(() => undefined);
        const refused = await rejection(invoke(b!, 1));
        expect(refused.code).toBe('REVOKED');
        await first;
      },
      { settings: { limits: { maxConcurrentInvocations: 1 } } },
    );
    await started;
    await world.trust.revoke({ agentId: 'agent-bob', reason: 'x' });
    run.cancel();
    await rejection(run.result);
    expect(second).not.toHaveBeenCalled();
    expect(said(await world.trail(run.runId))).toContain('bob execute denied revoked');
  });
});

/** Long after everything that is under way has gone as far as it can. */
const soon = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 50, 'nothing happened'));
