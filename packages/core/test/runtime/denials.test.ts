import type { VerificationDeniedError } from '@kaizen-eatp/core/errors';
import { ConstraintEvaluator, type ConstraintVerdict } from '@kaizen-eatp/core/plugin';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, rejection, said, World } from './world.js';

const SECOND = 1000;

describe('an agent that may not act does not act, and the trail says so', () => {
  it('has no chain: the run does not start', async () => {
    const world = await World.make();
    const work = vi.fn();
    const mallory = await world.agent('mallory', work, { establish: false });
    const alice = await world.agent('alice', work);
    const pattern = vi.fn();
    const error = await rejection(world.execute([alice, mallory], pattern));
    expect(error).toMatchObject({
      code: 'AGENT_NOT_TRUSTED',
      evidence: { agentId: 'agent-mallory', denial: { code: 'NO_CHAIN' } },
    });
    expect(pattern).not.toHaveBeenCalled();
    expect(work).not.toHaveBeenCalled();
    const [denied, end] = await world.remains(error);
    expect(denied).toMatchObject({
      action: 'orchestration_participation',
      result: 'denied',
      context: { subject_agent_id: 'agent-mallory', denial: { code: 'NO_CHAIN' } },
    });
    expect(end).toMatchObject({ action: 'orchestration_failed', result: 'failure' });
  });

  it('has no chain: with requireTrust off it is denied when it acts', async () => {
    const world = await World.make();
    const work = vi.fn();
    const mallory = await world.agent('mallory', work, { establish: false });
    const error = await rejection(
      world.execute([mallory], ({ agents, invoke }) => invoke(agents[0]!, 1), {
        settings: { requireTrust: false },
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'NO_CHAIN' } });
    expect(work).not.toHaveBeenCalled();
    expect((await world.remains(error))[0]).toMatchObject({
      result: 'denied',
      context: { subject_agent_id: 'agent-mallory', outcome: 'denied' },
    });
  });

  it('has a chain that expired', async () => {
    const world = await World.make();
    const work = vi.fn();
    const expiresAt = new Date(world.clock.time + SECOND);
    const alice = await world.agent('alice', work, { expiresAt });
    world.clock.move(2 * SECOND);
    const error = await rejection(world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1)));
    expect(error).toMatchObject({ code: 'AGENT_NOT_TRUSTED', evidence: { denial: { code: 'EXPIRED' } } });
    expect(work).not.toHaveBeenCalled();
    expect(said(await world.remains(error))).toEqual([
      'alice orchestration_participation denied denied',
      'alice orchestration_failed failure failure',
    ]);
  });

  it('has a chain that expires between two steps of a run', async () => {
    const world = await World.make();
    const work = vi.fn(() => world.clock.move(2 * SECOND));
    const alice = await world.agent('alice', work, { expiresAt: new Date(world.clock.time + SECOND) });
    const error = await rejection(
      world.execute([alice], async ({ agents, invoke }) => {
        await invoke(agents[0]!, 1);
        await invoke(agents[0]!, 2);
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'EXPIRED' } });
    expect(work).toHaveBeenCalledTimes(1);
    expect(said(await world.remains(error))).toEqual([
      'alice execute success success',
      'alice execute denied denied',
      'alice orchestration_failed failure failure',
    ]);
  });

  it('acts under a delegation that expired', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice');
    const bob = await world.agent('bob', work);
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], invoke, delegate }) => {
        await delegate(a!, b!, { capabilities: ['execute'], expiresIn: SECOND });
        world.clock.move(2 * SECOND);
        await invoke(b!, 1);
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_EXPIRED' } });
    expect(work).not.toHaveBeenCalled();
    expect(said(await world.remains(error))[0]).toBe('bob execute denied denied');
  });

  it('does not hold the capability', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work, { capabilities: ['read_mail'] });
    const error = await rejection(
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { action: 'send_mail' })),
    );
    expect(error).toMatchObject({
      code: 'VERIFICATION_DENIED',
      agentId: 'agent-alice',
      action: 'send_mail',
      denial: { code: 'CAPABILITY_NOT_HELD' },
    });
    expect(work).not.toHaveBeenCalled();
    expect(said(await world.remains(error))[0]).toBe('alice send_mail denied denied');
  });

  it('holds the capability, but not under this delegation', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work, { capabilities: ['read_mail'] });
    const bob = await world.agent('bob', work, { capabilities: ['send_mail', 'read_mail'] });
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], invoke, delegate }) => {
        await delegate(a!, b!, { capabilities: ['read_mail'] });
        await invoke(b!, 1, { action: 'send_mail' });
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });
    expect(work).not.toHaveBeenCalled();
    expect(said(await world.remains(error))[0]).toBe('bob send_mail denied denied');
  });

  it('is under a constraint of its own', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work, { capabilities: ['*'], constraints: ['read_only'] });
    const error = await rejection(
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { action: 'delete_mail' })),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
    expect(work).not.toHaveBeenCalled();
    expect((await world.remains(error))[0]).toMatchObject({
      result: 'denied',
      context: { denial: { code: 'CONSTRAINT_VIOLATED' } },
    });
  });

  it('is under a constraint of its delegator, or of the delegation', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work, { capabilities: ['*'], constraints: ['read_only'] });
    const bob = await world.agent('bob', work, { capabilities: ['*'] });
    for (const constraints of [[], ['no_pii_export']]) {
      const error = await rejection(
        world.execute([alice, bob], async ({ agents: [a, b], invoke, delegate }) => {
          await delegate(a!, b!, { capabilities: ['*'], constraints });
          const action = constraints.length === 0 ? 'delete_mail' : 'export_mail';
          await invoke(b!, 1, { action, context: { contains_pii: true } });
        }),
      );
      expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
      await world.remains(error);
    }
    expect(work).not.toHaveBeenCalled();
  });

  it('is under a constraint whose evaluator fails', async () => {
    class Broken extends ConstraintEvaluator {
      matches = (label: string): boolean => label === 'broken';
      evaluate(): ConstraintVerdict {
        throw new TypeError('evaluator is broken');
      }
    }
    const world = await World.make({ constraintEvaluators: [new Broken()] });
    const work = vi.fn();
    const alice = await world.agent('alice', work, { constraints: ['broken'] });
    const error = await rejection(
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), {
        settings: { requireTrust: false },
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
    expect(work).not.toHaveBeenCalled();
  });

  it('acts for a human who was revoked before', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    await world.trust.revoke({ humanId: ALICE.humanId, reason: 'left' });
    const error = await rejection(
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), { humanOrigin: ALICE }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'REVOKED' } });
    expect(work).not.toHaveBeenCalled();
    expect((await world.remains(error))[0]).toMatchObject({ result: 'denied' });
  });

  it('reports constraints without an evaluator, and refuses them under unknownConstraints: deny', async () => {
    const reporting = await World.make();
    const alice = await reporting.agent('alice', undefined, { constraints: ['be_nice'] });
    const result = await reporting.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1));
    expect(result.auditTrail[0]?.context).toMatchObject({ unenforced_constraints: ['be_nice'] });

    const denying = await World.make({ unknownConstraints: 'deny' });
    const bob = await denying.agent('bob', undefined, { constraints: ['be_nice'] });
    const error = await rejection(
      denying.execute([bob], ({ agents, invoke }) => invoke(agents[0]!, 1), {
        settings: { requireTrust: false },
      }),
    );
    expect((error as VerificationDeniedError).denial).toMatchObject({ code: 'CONSTRAINT_UNKNOWN' });
  });
});

describe('a delegation cannot widen what it rests on', () => {
  it('refuses what the delegator does not hold', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work, { capabilities: ['read_mail'] });
    const bob = await world.agent('bob', work, { capabilities: ['send_mail'] });
    const error = await rejection(
      world.execute([alice, bob], async ({ agents: [a, b], invoke, delegate }) => {
        await delegate(a!, b!, { capabilities: ['send_mail'] });
        await invoke(b!, 1);
      }),
    );
    expect(error).toMatchObject({
      code: 'CAPABILITY_NOT_HELD',
      evidence: { agentId: 'agent-alice', capability: 'send_mail' },
    });
    expect(work).not.toHaveBeenCalled();
    expect(said(await world.remains(error))).toEqual([
      'alice delegate denied denied',
      'alice orchestration_failed failure failure',
    ]);
    expect(error.run?.delegations).toEqual([]);
  });

  it('refuses what the delegator holds but was not delegated itself', async () => {
    const world = await World.make();
    const all = { capabilities: ['read_mail', 'send_mail'] };
    const agents = await Promise.all(
      ['alice', 'bob', 'carol'].map((name) => world.agent(name, undefined, all)),
    );
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b, c], delegate }) => {
        await delegate(a!, b!, { capabilities: ['read_mail'] });
        await delegate(b!, c!, { capabilities: ['send_mail'] });
      }),
    );
    expect(error).toMatchObject({ code: 'CAPABILITY_NOT_HELD', evidence: { agentId: 'agent-bob' } });
    expect(error.run?.delegations).toHaveLength(1);
    await world.remains(error);
  });

  it('keeps the scope of the delegations above under "do your own job"', async () => {
    const world = await World.make();
    const all = { capabilities: ['read_mail', 'send_mail'] };
    const agents = await Promise.all(
      ['alice', 'bob', 'carol'].map((name) => world.agent(name, undefined, all)),
    );
    const error = await rejection(
      world.execute(agents, async ({ agents: [a, b, c], delegate, invoke }) => {
        await delegate(a!, b!, { capabilities: ['read_mail'] });
        await delegate(b!, c!, { capabilities: ['execute'] });
        await invoke(c!, 1, { action: 'read_mail' });
        await invoke(c!, 1, { action: 'send_mail' });
      }),
    );
    expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'DELEGATION_SCOPE' } });
    expect(said(await world.remains(error)).slice(0, 2)).toEqual([
      'carol read_mail success success',
      'carol send_mail denied denied',
    ]);
  });

  it('refuses to outlive the delegation above, a circle, and a delegator under no_delegation', async () => {
    const world = await World.make();
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((name) => world.agent(name)));
    const result = await world.execute([alice!, bob!, carol!], async ({ agents: [a, b, c], delegate }) => {
      await delegate(a!, b!, { capabilities: ['execute'], expiresIn: 1000 });
      await delegate(b!, c!, { capabilities: ['execute'], expiresIn: 9000 });
    });
    expect(result.delegations[1]?.expiresAt).toBe(result.delegations[0]?.expiresAt);

    const circle = await rejection(
      world.execute([alice!, bob!], async ({ agents: [a, b], delegate }) => {
        await delegate(a!, b!, { capabilities: ['execute'] });
        await delegate(b!, a!, { capabilities: ['execute'] });
      }),
    );
    expect(circle.code).toBe('DELEGATION_CYCLE');

    const dave = await world.agent('dave', undefined, { constraints: ['no_delegation'] });
    const refused = await rejection(
      world.execute([dave, bob!], ({ agents: [d, b], delegate }) =>
        delegate(d!, b!, { capabilities: ['execute'] }),
      ),
    );
    expect(refused.code).toBe('DELEGATION_REFUSED');
  });
});
