import { capabilityCovers } from '@kaizen-eatp/core/plugin';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accepted, World } from './world.js';

const AGENTS = ['agent-alice', 'agent-bob', 'agent-carol', 'agent-dan'] as const;
const ACTIONS = ['read', 'read_a', 'read_b', 'write', 'write_a', 'bake', 'execute', 'admin_all'] as const;
const capability = fc.constantFrom(
  'read',
  'read_a',
  'read_*',
  '*_a',
  'r*a',
  'write',
  'write_*',
  '*',
  'bake',
  'execute',
);
const label = fc.constantFrom('eu', 'read_only', 'slow', 'audit_required', 'Read_Only');
const agent = fc.nat({ max: AGENTS.length - 1 });
const some = <T>(item: fc.Arbitrary<T>) => fc.uniqueArray(item, { maxLength: 3 });

const world = fc.record({
  agents: fc.tuple(
    ...AGENTS.map(() => fc.record({ capabilities: some(capability), constraints: some(label) })),
  ),
  steps: fc.array(
    fc.record({
      from: agent,
      to: agent,
      capabilities: fc.uniqueArray(capability, { minLength: 1, maxLength: 3 }),
      constraints: some(label),
      byOwnRight: fc.constantFrom(true, false, false),
      handsOn: fc.boolean(),
    }),
    { minLength: 4, maxLength: 16 },
  ),
});

const lower = (labels: readonly string[]): string[] => labels.map((l) => l.toLowerCase());

it('a delegation never widens: what it permits was its delegator’s, or is its holder’s own, and limits only grow', async () => {
  let judged = 0;
  let nested = 0;
  await fc.assert(
    fc.asyncProperty(world, async ({ agents, steps }) => {
      const w = await World.create();
      for (const [i, { capabilities, constraints }] of agents.entries()) {
        const agentId = AGENTS[i] as string;
        await w.trust.establish({
          agentId,
          authorityId: 'org-acme',
          capabilities,
          constraints,
          protocolCapabilities: i % 2 === 0,
        });
      }
      for (const { from, to, byOwnRight, ...step } of steps) {
        // Half of the steps pass on what was delegated to their agent, so that there are paths of several links.
        const [received] = (
          await w.store.findDelegations({ delegateeId: AGENTS[from] as string, taskId: 't' })
        ).reverse();
        const capabilities =
          received && step.handsOn
            ? (JSON.parse(received.text).capabilities_delegated as string[])
            : step.capabilities;
        const record = await w.trust
          .delegate({
            delegatorId: AGENTS[from] as string,
            delegateeId: AGENTS[to] as string,
            taskId: 't',
            capabilities,
            additionalConstraints: step.constraints,
            ...(received && !byOwnRight && { parentDelegationId: received.delegationId }),
          })
          .catch((error: { code?: string }) => {
            // A refusal must have one of the reasons of delegations, and not be a failure.
            expect(error.code).toMatch(
              /^(CAPABILITY_NOT_HELD|DELEGATION_CYCLE|DELEGATION_REFUSED|DELEGATION_DEPTH_EXCEEDED)$/,
            );
            return undefined;
          });
        if (!record) continue;
        const parent = record.parentDelegationId ?? undefined;
        if (parent) nested++;
        // Without constraints in the way, so that the right itself is compared.
        const lenient = { level: 'standard', context: {} } as const;
        const [, ...above] = await w.store.readDelegationPath(record.id);
        for (const action of ACTIONS) {
          const granted = await w.trust.verify({
            ...lenient,
            agentId: record.delegateeId,
            action,
            delegationId: record.id,
          });
          if (!granted.valid) continue;
          judged++;
          const delegators = await w.trust.verify({
            ...lenient,
            agentId: record.delegatorId,
            action,
            ...(parent && { delegationId: parent }),
          });
          const owned = await w.trust.verify({ ...lenient, agentId: record.delegateeId, action });
          const given = above.map((link) => JSON.parse(link.text).capabilities_delegated as string[]);
          const isWithinScope = given.every((names) =>
            names.some((name) => name === 'execute' || capabilityCovers(name, action)),
          );
          const isOwnJob = record.capabilitiesDelegated.includes('execute') && owned.valid && isWithinScope;
          expect(
            delegators.valid || isOwnJob || action === 'execute',
            `${record.delegateeId} may ${action} under ${record.id}`,
          ).toBe(true);
          const labels = lower(granted.effectiveConstraints);
          if (delegators.valid)
            expect(labels).toEqual(expect.arrayContaining(lower(delegators.effectiveConstraints)));
          if (owned.valid) expect(labels).toEqual(expect.arrayContaining(lower(owned.effectiveConstraints)));
          expect(labels).toEqual(expect.arrayContaining(lower(step.constraints)));
        }
        const links = await w.store.readDelegationPath(record.id);
        const subsets = links.map((link) => lower(JSON.parse(link.text).constraint_subset as string[]));
        for (let i = 1; i < subsets.length; i++)
          expect(subsets[i - 1]).toEqual(expect.arrayContaining(subsets[i] as string[]));
      }
      await w.trust.close();
    }),
    { numRuns: 120, seed: 7 },
  );
  // Without these the property could hold for want of anything to judge.
  expect(judged).toBeGreaterThan(300);
  expect(nested).toBeGreaterThan(30);
});

it('a lasting delegation never widens either', async () => {
  let judged = 0;
  await fc.assert(
    fc.asyncProperty(world, async ({ agents, steps }) => {
      const w = await World.create();
      for (const [i, { capabilities, constraints }] of agents.entries()) {
        await w.trust.establish({
          agentId: AGENTS[i] as string,
          authorityId: 'org-acme',
          capabilities,
          constraints,
          protocolCapabilities: false,
        });
      }
      const permitted = async (agentId: string) => {
        const results = await Promise.all(
          ACTIONS.map((action) => w.trust.verify({ agentId, action, context: {} })),
        );
        return ACTIONS.filter((_action, i) => results[i]?.valid);
      };
      for (const { from, to, ...step } of steps.slice(0, 5)) {
        const [delegatorId, delegateeId] = [AGENTS[from] as string, AGENTS[to] as string];
        const before = [...(await permitted(delegatorId)), ...(await permitted(delegateeId))];
        const labels = (await w.trust.verify({ agentId: delegatorId, action: 'x', level: 'quick' }))
          .effectiveConstraints;
        const record = await accepted(w.trust, {
          delegatorId,
          delegateeId,
          taskId: 't',
          capabilities: step.capabilities,
          additionalConstraints: step.constraints,
          lasting: true,
        }).catch(() => undefined);
        if (!record) continue;
        judged++;
        expect(before).toEqual(expect.arrayContaining(await permitted(delegateeId)));
        expect(record.constraintSubset).toEqual(expect.arrayContaining([...labels, ...step.constraints]));
      }
      await w.trust.close();
    }),
    { numRuns: 40, seed: 8 },
  );
  expect(judged).toBeGreaterThan(20);
});
