import type { VerificationHooks, VerificationRequest } from '@kaizen-eatp/core';
import { defineConstraint, forbidden, PERMITTED } from '@kaizen-eatp/core/plugin';
import { beforeEach, describe, expect, it } from 'vitest';
import { World as RunWorld, rejection } from '../runtime/world.js';
import { ALICE, BOB, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
  await world.establish(ALICE, ['read_*', 'write']);
  await world.establish(BOB, ['read'], ['read_only', 'budget_100']);
});

describe('hooks', () => {
  const withHooks = (hooks: VerificationHooks) => world.elsewhere({ hooks });
  const ask = (hooks: VerificationHooks, action = 'read') =>
    withHooks(hooks).verify({ agentId: BOB, action });

  it('deny with the reason they return', async () => {
    expect((await ask({ beforeVerify: () => 'no' })).denial).toEqual({ code: 'HOOK_DENIED', reason: 'no' });
    expect((await ask({ afterVerify: async () => 'late no' })).denial).toEqual({
      code: 'HOOK_DENIED',
      reason: 'late no',
    });
    expect((await ask({ beforeVerify: () => undefined, afterVerify: async () => undefined })).valid).toBe(
      true,
    );
  });

  it('deny by throwing', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    for (const hooks of [
      { beforeVerify: boom },
      { afterVerify: boom },
      { afterVerify: () => Promise.reject(new Error('boom')) },
    ]) {
      expect((await ask(hooks)).denial).toEqual({ code: 'VERIFIER_FAILED', reason: 'boom' });
    }
  });

  it('receive the request and the result', async () => {
    const seen: unknown[] = [];
    await ask({
      beforeVerify: (request) => void seen.push(request),
      afterVerify: (_request, result) => void seen.push(result.valid),
    });
    expect(seen).toEqual([expect.objectContaining({ agentId: BOB, action: 'read' }), true]);
  });

  it('leave the reason of a denial as it was', async () => {
    expect((await ask({ afterVerify: () => 'no' }, 'write')).denial?.code).toBe('CAPABILITY_NOT_HELD');
  });

  it('cannot permit by what they return', async () => {
    const hooks = {
      beforeVerify: () => ({ valid: true }) as never,
      afterVerify: () => ({ valid: true }) as never,
    };
    expect((await ask(hooks, 'write')).valid).toBe(false);
  });

  it('cannot permit by changing the result that they are shown', async () => {
    const hooks: VerificationHooks = {
      afterVerify(_request, result) {
        try {
          Object.assign(result, { valid: true, denial: undefined });
        } catch {
          // Frozen is as good.
        }
        return undefined;
      },
    };
    expect(await ask(hooks, 'write')).toMatchObject({
      valid: false,
      denial: { code: 'CAPABILITY_NOT_HELD' },
    });
  });

  it('cannot turn the question into another by changing the request', async () => {
    const change = (request: VerificationRequest) => {
      try {
        Object.assign(request, { agentId: ALICE, action: 'read_x' });
      } catch {
        // Frozen is as good.
      }
      return undefined;
    };
    expect((await ask({ beforeVerify: change }, 'delete')).valid).toBe(false);
  });

  it('cannot change the facts that the constraints of a run are judged by', async () => {
    const change = ({ context }: VerificationRequest) => {
      try {
        (context as { export: { pii: boolean } }).export.pii = false;
      } catch {
        // Frozen is as good.
      }
      return undefined;
    };
    const noPii = defineConstraint({
      label: 'no_pii',
      evaluate: ({ guarded, context }) =>
        guarded && (context.export as { pii: boolean }).pii ? forbidden('pii') : PERMITTED,
    });
    const world = await RunWorld.make({ hooks: { beforeVerify: change }, constraintEvaluators: [noPii] });
    const alice = await world.agent('alice', undefined, { constraints: ['no_pii'] });
    const run = world.execute([alice], ({ agents: [a], invoke }) => invoke(a!, 1), {
      context: { export: { pii: true } },
    });
    expect((await rejection(run)).code).toBe('VERIFICATION_DENIED');
  });

  it('may be an object of a class with state of its own', async () => {
    class Watch implements VerificationHooks {
      readonly #reason = 'watched';
      beforeVerify() {
        return this.#reason;
      }
    }
    expect((await ask(new Watch())).denial).toEqual({ code: 'HOOK_DENIED', reason: 'watched' });
  });
});
