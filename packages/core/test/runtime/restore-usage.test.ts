import type { AuditAnchor } from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { expect, it } from 'vitest';
import { RunBudget } from '../../src/invocation/budget.js';
import { restoreUsage } from '../../src/runtime/journal/restore-usage.js';

/** A store in which delegation `leaf` is under `middle`, and that one under `lasting`, outside the run. */
const store = {
  read: async ({ delegationPaths }: { delegationPaths: string[] }) => ({
    delegationPaths: delegationPaths.map(() =>
      ['leaf', 'middle', 'lasting'].map((delegationId) => ({ delegationId })),
    ),
  }),
  findRuns: async () => [],
} as unknown as TrustStore;

const anchor = (usage: unknown, startedAt = '2026-01-01T00:00:00.000000+00:00') =>
  ({
    id: 'anchor-1',
    agentId: 'agent-a',
    timestamp: '2026-01-01T00:00:01.000000+00:00',
    context: {
      invocation_id: 'run-1/1',
      delegation_id: 'leaf',
      outcome: 'success',
      usage,
      started_at: startedAt,
    },
  }) as unknown as AuditAnchor;

const restored = async (...anchors: AuditAnchor[]) => {
  const budget = new RunBudget(undefined, undefined);
  await restoreUsage(store, 'run-1', anchors, budget, false);
  return budget;
};

it.each(['leaf', 'lasting'])('counts what was used before for delegation %s', async (id) => {
  const budget = await restored(anchor({ tokens: 10, cost: 0 }));
  expect(budget.spent).toEqual({ calls: 1, tokens: 10, cost: 0, time: 1_000 });
  const record = { id, constraintSubset: ['budget:tokens=10'] };
  const spender = {
    actor: { id: 'agent-a', agent: { effectiveConstraints: [] } },
    basis: { path: [{ record }] },
  };
  expect(budget.take(spender as never, [])).toMatchObject({ constraint: 'budget:tokens=10' });
});

it('counts what was used before for the agent itself', async () => {
  const budget = await restored(anchor({ tokens: 10, cost: 0 }));
  const actor = { id: 'agent-a', agent: { effectiveConstraints: ['budget:tokens=10'] } };
  expect(budget.take({ actor, basis: undefined } as never, [])).toMatchObject({
    constraint: 'budget:tokens=10',
  });
});

it('counts no time below zero, when a clock was set back', async () => {
  const budget = await restored(anchor(undefined, '2026-01-01T00:00:09.000000+00:00'));
  expect(budget.spent.time).toBe(0);
});

it.each([{ tokens: -5 }, { tokens: 'many' }, { cost: null }, 'much'])(
  'does not believe a stored usage of %j',
  async (usage) => {
    await expect(restored(anchor(usage))).rejects.toThrow(/anchor anchor-1/);
  },
);

it('counts nothing for an act that was denied', async () => {
  const used = anchor(undefined);
  const budget = await restored({ ...used, context: { ...used.context, outcome: 'denied' } } as AuditAnchor);
  expect(budget.spent).toEqual({ calls: 0, tokens: 0, cost: 0, time: 0 });
});
