import { allPatterns } from '@kaizen-eatp/patterns';
import { isHeavy } from 'suite-store';
import { describe, expect, it } from 'vitest';
import { type AgentPlan, Machines } from '../../core/test/runtime/durable/crashes.js';
import { patternSetups } from './pattern-setups.js';

const plansOf = (agents: (typeof patternSetups)[string][number]['agents']): Record<string, AgentPlan> =>
  Object.fromEntries(
    Object.entries(agents).map(([name, { run, capabilities = ['work'] }]) => [
      name,
      {
        work: (run as unknown as AgentPlan['work'] | undefined) ?? ((input) => ({ by: name, given: input })),
        capabilities,
      },
    ]),
  );

describe('a durable run of', () => {
  it.each(allPatterns.map((pattern) => pattern.constructor.name.slice('Pattern('.length, -1)))(
    '%s ends the same wherever its process dies, twice if need be',
    async (pattern) => {
      const setup = patternSetups[pattern]?.[0];
      if (!setup) throw new Error(`There is no setup of ${pattern}.`);
      const machines = () => Machines.make(plansOf(setup.agents), allPatterns);
      const whole = await (await machines()).executeWithCrashes('task', { pattern }, []);
      expect(whole.result).not.toBeInstanceOf(Error);
      const dieAt = async (last: number, isApplied: boolean): Promise<void> => {
        const here = await machines();
        const again = last % 2 === 0 ? [{ last: 2 + (last % 4), isApplied: !isApplied }] : [];
        const crashes = [{ last, isApplied }, ...again];
        const { result, runId } = await here.executeWithCrashes('task', { pattern }, crashes);
        expect(result, `commit ${last}, ${isApplied ? 'applied' : 'not applied'}`).toEqual(whole.result);
        await here.expectSound(runId);
      };
      const stride = isHeavy ? 7 : 1;
      for (let last = 1; last <= whole.commits; last += stride)
        await Promise.all([dieAt(last, false), dieAt(last, true)]);
    },
  );
});
