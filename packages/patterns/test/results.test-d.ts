import {
  type OrchestrationResult,
  OrchestrationRuntime,
  type PatternName,
  type ResultOf,
  type RunHandle,
} from '@kaizen-eatp/core';
import type { PatternResults } from '@kaizen-eatp/core/plugin';
import {
  allPatterns,
  type BlackboardResult,
  type BranchResult,
  type CollectedResults,
  type ConsensusResult,
  type DebateResult,
  type HandoffResult,
  type ParallelResults,
} from '@kaizen-eatp/patterns';
import { describe, expectTypeOf, it } from 'vitest';

const runtime = new OrchestrationRuntime({ agents: { alice: () => 1 }, patterns: allPatterns });
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
] as const;
const anyName = 'handoff' as string;
const eitherName = 'debate' as 'debate' | 'consensus';

describe('the result of a run', () => {
  it('is that of its pattern, where the pattern makes it', () => {
    expectTypeOf(runtime.execute(1, { pattern: 'handoff' })).resolves.toEqualTypeOf<
      OrchestrationResult<HandoffResult>
    >();
    expectTypeOf(runtime.execute(1, { pattern: 'debate' })).resolves.toEqualTypeOf<
      OrchestrationResult<DebateResult>
    >();
    expectTypeOf(runtime.execute(1, { pattern: 'consensus' })).resolves.toEqualTypeOf<
      OrchestrationResult<ConsensusResult>
    >();
    expectTypeOf(runtime.execute(1, { pattern: 'blackboard' })).resolves.toEqualTypeOf<
      OrchestrationResult<BlackboardResult>
    >();
    expectTypeOf(runtime.start(1, { pattern: 'handoff' })).toEqualTypeOf<RunHandle<HandoffResult>>();
  });

  it('is unknown, where an agent makes it', () => {
    expectTypeOf<ResultOf<'sequential'>>().toBeUnknown();
    expectTypeOf<ResultOf<'parallel'>>().toBeUnknown();
    expectTypeOf<ResultOf<'router'>>().toBeUnknown();
    expectTypeOf<ResultOf<'ensemble'>>().toBeUnknown();
    expectTypeOf<ResultOf<'supervisor_worker'>>().toBeUnknown();
    expectTypeOf(runtime.execute(1)).resolves.toEqualTypeOf<OrchestrationResult<unknown>>();
  });

  it('of parallel without a sink has a type to check it by', () => {
    expectTypeOf<ParallelResults[string]>().toBeUnknown();
    expectTypeOf<CollectedResults[string]>().toExtend<BranchResult | undefined>();
  });

  it('is declared for every pattern', () => {
    type Nine = (typeof NAMES)[number];
    expectTypeOf<Nine>().toExtend<keyof PatternResults & PatternName>();
  });

  it('cannot be claimed to be another', () => {
    // @ts-expect-error the only type parameter is the pattern's name
    runtime.execute<DebateResult>(1, { pattern: 'debate' });
    // @ts-expect-error a debate has no handledBy
    runtime.execute(1, { pattern: 'debate' }).then(({ result }) => result.handledBy);
  });
});

describe('the name of a pattern', () => {
  it('can be in a variable of type string, and then the result is unknown', () => {
    expectTypeOf(runtime.execute(1, { pattern: anyName })).resolves.toEqualTypeOf<
      OrchestrationResult<unknown>
    >();
    runtime.execute(1, { pattern: anyName, options: { maxHandoffs: 2 } });
    runtime.start(1, { pattern: anyName });
  });

  it('can be one of several, and then so is the result', () => {
    expectTypeOf(runtime.execute(1, { pattern: eitherName }))
      .resolves.toHaveProperty('result')
      .toEqualTypeOf<DebateResult | ConsensusResult>();
  });

  it('does not compile if it is misspelt', () => {
    // @ts-expect-error misspelt
    runtime.execute(1, { pattern: 'handof' });
    // @ts-expect-error misspelt, with options
    runtime.execute(1, { pattern: 'paralel', options: { sink: null } });
    // @ts-expect-error misspelt where a run is started
    runtime.start(1, { pattern: 'supervisor-worker' });
  });
});

describe('the option of another pattern', () => {
  it('does not compile', () => {
    // @ts-expect-error an option of parallel
    runtime.execute(1, { pattern: 'sequential', options: { onFailure: 'collect' } });
    // @ts-expect-error an option of parallel, in the default pattern
    runtime.execute(1, { options: { onFailure: 'collect' } });
    // @ts-expect-error an option of handoff
    runtime.execute(1, { pattern: 'parallel', options: { maxHandoffs: 1 } });
    // @ts-expect-error an option of debate
    runtime.execute(1, { pattern: 'supervisor_worker', options: { judge: 'alice' } });
    // @ts-expect-error an option of ensemble
    runtime.execute(1, { pattern: 'router', options: { synthesizer: 'alice' } });
    // @ts-expect-error an option of router
    runtime.execute(1, { pattern: 'ensemble', options: { router: 'alice' } });
    // @ts-expect-error an option of consensus
    runtime.execute(1, { pattern: 'blackboard', options: { quorum: 1 } });
    // @ts-expect-error an option of blackboard
    runtime.execute(1, { pattern: 'consensus', options: { rounds: 2 } });
    // @ts-expect-error an option of supervisor_worker
    runtime.execute(1, { pattern: 'debate', options: { concurrency: 2 } });
    // @ts-expect-error an option of consensus, where a run is started
    runtime.start(1, { pattern: 'handoff', options: { threshold: 1 } });
    // @ts-expect-error capabilities are lists by agent name in sequential
    runtime.execute(1, { pattern: 'sequential', options: { capabilities: ['analyze'] } });
  });
});
