import { TrustAwareOrchestrationRuntime } from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { describe, expect, it, vi } from 'vitest';
import { rejection, World } from './world.js';

describe('the guard sees to more than the pattern says', () => {
  it('does not let a pattern tell the time to a constraint', async () => {
    const world = await World.make();
    world.clock.time = Date.parse('2026-03-02T23:00:00Z');
    const work = vi.fn();
    const alice = await world.agent('alice', work, { constraints: ['business_hours_only'] });
    for (const context of [
      { current_time: '2026-03-02T10:00:00' },
      { currentTime: new Date('2026-03-02T10:00:00Z') },
    ]) {
      const error = await rejection(
        world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1, { context }), {
          settings: { requireTrust: false },
        }),
      );
      expect(error).toMatchObject({ code: 'VERIFICATION_DENIED', denial: { code: 'CONSTRAINT_VIOLATED' } });
    }
    expect(work).not.toHaveBeenCalled();
  });

  it('refuses a run id that was used before, before any agent acts', async () => {
    const world = await World.make();
    const work = vi.fn();
    const alice = await world.agent('alice', work);
    const once = () =>
      world.execute([alice], ({ agents, invoke }) => invoke(agents[0]!, 1), { runId: 'run-1' });
    await once();
    const error = await rejection(once());
    expect(['STORE_CONFLICT', 'TRAIL_FORK', 'INVALID_ARGUMENT']).toContain(error.code);
    expect(work).toHaveBeenCalledTimes(1);
    expect(await world.store.openIntents()).toEqual([]);
    await world.trail('run-1');
  });

  it('refuses the id of the trail for what happens outside runs', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const runtime = world.runtime([alice], () => 'x');
    expect(await rejection(runtime.execute(1, { pattern: 'probe', runId: 'outside-runs' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('takes an agent for itself, not for whom it says it is', async () => {
    const world = await World.make();
    const work = vi.fn();
    const admin = await world.agent('admin', undefined, { capabilities: ['delete_mail'] });
    const mallory = await world.agent('mallory', work);
    Reflect.set(mallory, 'id', admin.id);
    Reflect.defineProperty(mallory, 'id', { value: admin.id });
    expect(mallory.id).toBe('agent-mallory');
    const error = await rejection(
      world.execute([mallory], ({ agents, invoke }) => invoke(agents[0]!, 1, { action: 'delete_mail' })),
    );
    expect(error.code).toBe('VERIFICATION_DENIED');
    expect(work).not.toHaveBeenCalled();
  });

  it('is not taken in by a name of Object.prototype for a pattern', async () => {
    const world = await World.make();
    const alice = await world.agent('alice');
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { alice },
      trust: world.trust,
      patterns: [definePattern({ name: 'probe', execute: async () => 1 })],
    });
    const error = await rejection(runtime.execute(1, { pattern: 'constructor' as never }));
    expect(error.code).toBe('UNKNOWN_PATTERN');
  });
});
