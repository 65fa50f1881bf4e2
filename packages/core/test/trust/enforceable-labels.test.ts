import { randomUUID } from 'node:crypto';
import { defineConstraint, PERMITTED } from '@kaizen-eatp/core/plugin';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB, World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(() => void vi.restoreAllMocks());

const establish = (more: object, trust = world.trust) =>
  trust.establish({ agentId: BOB, authorityId: 'org-acme', capabilities: ['read'], ...more });

describe('a constraint that leaves no time', () => {
  it.each<[string, object]>([
    ['of the agent', { constraints: ['time_window:18:00-20:00'] }],
    ['of a capability', { capabilities: [{ capability: 'read', constraints: ['time_window:22:00-06:00'] }] }],
    ['of the metadata', { metadata: { constraints: ['time_window:09:00-09:00'] } }],
    [
      'together with that of a capability',
      {
        constraints: ['time_window:09:00-11:00'],
        capabilities: [{ capability: 'read', constraints: ['time_window:12:00-14:00'] }],
      },
    ],
    ['because it cannot be read', { constraints: ['time_window:noonish'] }],
  ])('%s is refused when an agent is established', async (_what, request) => {
    await expect(establish(request)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      evidence: { label: expect.stringMatching(/^time_window/) },
    });
    expect((await establish({ constraints: ['time_window:10:00-16:00'] })).agentId).toBe(BOB);
  });

  it('is refused when capabilities are attested again', async () => {
    await establish({});
    await expect(
      world.trust.reattest({
        agentId: BOB,
        capabilities: ['read'],
        constraints: ['time_window:18:00-20:00'],
      }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

it('a parameter that its evaluator cannot read is refused when an agent is established', async () => {
  const limit = defineConstraint({
    prefix: 'max_amount:',
    parse(parameter) {
      if (!/^\d+$/.test(parameter)) throw new Error('not a number');
      return Number(parameter);
    },
    evaluate: () => PERMITTED,
  });
  const own = await World.create({ constraintEvaluators: [limit] });
  await expect(establish({ constraints: ['max_amount:lots'] }, own.trust)).rejects.toThrow(
    /max_amount:lots.*not a number/,
  );
  await establish({ constraints: ['max_amount:5'] }, own.trust);
});

it('a label that no evaluator enforces is warned about once, when an agent is established', async () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const label = `budget-${randomUUID()}`;
  await establish({ constraints: [label, 'read_only'] });
  await world.trust.establish({
    agentId: `${ALICE}-2`,
    authorityId: 'org-acme',
    capabilities: [{ capability: 'read', constraints: [label] }],
  });
  expect(emitted.mock.calls).toEqual([
    [
      expect.stringContaining(`"${label}" of agent '${BOB}'`),
      expect.objectContaining({ code: 'EATP_UNENFORCED_CONSTRAINT' }),
    ],
  ]);
});
