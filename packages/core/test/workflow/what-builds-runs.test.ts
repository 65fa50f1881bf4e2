import type { InvocationContext, TrustedAgent } from '@kaizen-eatp/core';
import { WorkflowValidationError } from '@kaizen-eatp/core/errors';
import fc from 'fast-check';
import { isHeavy } from 'suite-store';
import { expect, it } from 'vitest';
import { Team } from './team.js';

/** Each workflow has a store of its own. */
const WORKFLOWS = isHeavy ? 200 : 500;

const SKILLS = ['x', 'y', 'z'];
const someSkills = fc.subarray(SKILLS);
/** Mostly one or two, so that an agent is often handed less than it holds. */
const oneSkill = fc.constantFrom('y', 'y', ...SKILLS).map((skill) => [skill]);

const names = fc.oneof(someSkills, oneSkill, oneSkill);
const holds = fc.oneof(someSkills, fc.subarray(SKILLS, { minLength: 2 }));

/** Agents with what each holds; each but the first comes after an earlier one, and some after others too. */
const workflows = fc.integer({ min: 2, max: 5 }).chain((size) => {
  const connectionTo = (to: number, named = names) =>
    fc.record({ from: fc.nat(to - 1), to: fc.constant(to), names: named });
  const later = Array.from({ length: size - 1 }, (_, i) => i + 1);
  return fc.record({
    strictDelegation: fc.boolean(),
    holds: fc.array(holds, { minLength: size, maxLength: size }),
    connections: fc
      .tuple(
        fc.tuple(...later.map((to) => connectionTo(to))),
        fc.array(
          // Often without names: connections that name different things into one agent seldom build.
          fc
            .constantFrom(...later)
            .chain((to) => connectionTo(to, fc.oneof(names, fc.constant<string[]>([])))),
          { maxLength: 2 },
        ),
      )
      .map(([needed, more]) => [
        ...needed,
        ...more.filter(
          (c, i) => ![...needed, ...more.slice(0, i)].some(({ from, to }) => from === c.from && to === c.to),
        ),
      ]),
  });
});

/** An agent that tries every skill, and says under its name which it was let do. */
async function prober(
  team: Team,
  name: string,
  can: readonly string[],
  did: Map<string, string[]>,
): Promise<TrustedAgent> {
  return team.agent(name, {
    can,
    tools: Object.fromEntries(SKILLS.map((skill) => [skill, () => skill])),
    does: async (_input: unknown, { callTool }: InvocationContext) => {
      const tried = await Promise.allSettled(SKILLS.map((skill) => callTool(skill)));
      did.set(
        name,
        SKILLS.filter((_, i) => tried[i]?.status === 'fulfilled'),
      );
    },
  });
}

it('a workflow that builds has all the authority that it needs, and no agent can do more than each connection into it names', async () => {
  let built = 0;
  let withOnward = 0;
  let withFanIn = 0;
  await fc.assert(
    fc.asyncProperty(workflows, async ({ strictDelegation, holds, connections }) => {
      const team = await Team.make({ strictDelegation });
      const did = new Map<string, string[]>();
      const agents: TrustedAgent[] = [];
      for (const [i, can] of holds.entries()) agents.push(await prober(team, `a${i}`, can, did));
      const builder = team.builder();
      for (const agent of agents) builder.addAgent(agent);
      for (const { from, to, names } of connections) builder.connect(agents[from]!, agents[to]!, names);
      const workflow = await builder.build().catch((error: unknown) => {
        expect(error).toBeInstanceOf(WorkflowValidationError);
        return undefined;
      });
      if (!workflow) return team.trust.close();
      built += 1;
      const result = await workflow.execute(1);
      if (result.delegations.length > connections.length) withOnward += 1;
      if (new Set(connections.map(({ to }) => to)).size < connections.length) withFanIn += 1;
      expect(did.get('a0')).toEqual(holds[0]);
      for (const { from, to, names } of connections) {
        const outside = did.get(`a${to}`)?.filter((skill) => !names.includes(skill));
        // Without names it is "your own job": what it holds itself, or what another connection names.
        const others = connections
          .filter((other) => other.to === to && other.from !== from)
          .flatMap((other) => other.names);
        expect(outside).toEqual(
          names.length > 0 ? [] : outside?.filter((skill) => [...holds[to]!, ...others].includes(skill)),
        );
      }
      await team.trust.close();
    }),
    { numRuns: WORKFLOWS, seed: 1 },
  );
  // The property says nothing of workflows that are refused.
  expect({
    built: built > WORKFLOWS / 9,
    withOnward: withOnward > WORKFLOWS / 200,
    withFanIn: withFanIn > WORKFLOWS / 200,
  }).toEqual({
    built: true,
    withOnward: true,
    withFanIn: true,
  });
});
