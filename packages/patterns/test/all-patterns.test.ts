import { OrchestrationRuntime } from '@kaizen-eatp/core';
import { allPatterns } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { failureOf, steps, world } from './harness.js';

const NAMES = [
  'sequential',
  'parallel',
  'supervisor_worker',
  'router',
  'ensemble',
  'blackboard',
  'consensus',
  'debate',
  'handoff',
];

describe('all patterns', () => {
  const half = { run: () => 'x', decomposeTask: () => ['x'], argue: () => 'x' };
  it.each([
    ['supervisor_worker', 'aggregateResults', 'decomposeTask', {}],
    ['debate', 'rebut', 'argue', { judge: 'alice', proponent: 'supervisor' }],
  ] as const)(
    '%s refuses an agent with half of a role before any agent acts',
    async (pattern, lacks, has, options) => {
      const whole = { run: () => 'x', argue: () => 'x', rebut: () => 'x' };
      const made = await world({
        supervisor: { agent: half },
        alice: { agent: () => 'x' },
        bob: { agent: whole },
      });
      const { error, trace } = await failureOf(made.run(pattern, 0, { options: options as never }));
      expect(error.code).toBe('MISSING_ROLE_METHOD');
      expect(error.message).toContain("Agent 'supervisor' has no method for this role");
      expect(error.message).toContain(`expected the method ${lacks}, got an agent with ${has}`);
      expect(steps(trace)).toEqual(['supervisor orchestration_failed failure']);
    },
  );

  it('are nine, under fixed names, and cannot be changed', () => {
    const runtime = new OrchestrationRuntime({ agents: { alice: () => 1 }, patterns: allPatterns });
    expect(runtime.patternNames).toEqual(NAMES);
    expect(Object.isFrozen(allPatterns)).toBe(true);
  });

  it.each(['supervisor_worker', 'ensemble', 'consensus'] as const)(
    '%s stops asking once the run is cancelled, and leaves nothing after its end in the trail',
    async (pattern) => {
      const caller = new AbortController();
      let asked = 0;
      const agent = {
        run: () => 0,
        decomposeTask: () => ['a', 'b', 'c', 'd'],
        aggregateResults: () => 0,
        propose: () => 'p',
      };
      const cancels = (): Promise<never> => {
        asked += 1;
        caller.abort('enough');
        return new Promise<never>(() => undefined);
      };
      const made = await world({ supervisor: { agent }, bob: { agent: cancels }, synthesizer: { agent } });
      const options = pattern === 'supervisor_worker' ? { concurrency: 1 } : {};
      const { error, trace } = await failureOf(
        made.run(pattern, 0, { signal: caller.signal, options: options as never, runId: 'r' }),
      );
      await new Promise((resolve) => setImmediate(resolve));
      expect(error.code).toBe('EXECUTION_CANCELLED');
      expect(asked).toBe(1);
      expect(steps(trace)).toContain('bob execute partial');
      expect(steps(trace).at(-1)).toMatch(/orchestration_failed failure$/);
      expect(await made.trust.verifyTrail('r')).toMatchObject({
        valid: true,
        entries: trace.auditTrail.length,
      });
    },
  );
});
