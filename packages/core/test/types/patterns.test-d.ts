import type {
  ErrorCode,
  ExecuteOptions,
  OptionsOf,
  OrchestrationResult,
  PatternName,
  RunEvent,
  TrustAwareOrchestrationRuntime,
} from '@kaizen-eatp/core';
import type { Token } from '@kaizen-eatp/core/container';
import {
  type AgentHandle,
  definePattern,
  Pattern,
  type PatternExecution,
  PatternExecutor,
} from '@kaizen-eatp/core/plugin';
import type { TrustStore } from '@kaizen-eatp/core/store';
import type {
  BlackboardOptions,
  ConsensusOptions,
  DebateOptions,
  EnsembleOptions,
  HandoffOptions,
  ParallelOptions,
  RouterOptions,
  SequentialOptions,
  SupervisorWorkerOptions,
} from '@kaizen-eatp/patterns';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import './map-reduce.js';

declare const runtime: TrustAwareOrchestrationRuntime;
declare const handle: AgentHandle;

describe('pattern names', () => {
  it('are those of the patterns that are imported, a third party’s included', () => {
    expectTypeOf<'sequential' | 'parallel' | 'split_and_count'>().toExtend<PatternName>();
    expectTypeOf<string>().not.toExtend<PatternName>();
    expectTypeOf<'sequentail'>().not.toExtend<PatternName>();
  });

  it('are checked where they are written', () => {
    runtime.execute(1, { pattern: 'sequential' });
    runtime.execute(1, { pattern: 'split_and_count', options: { chunk: 3 } });
    // @ts-expect-error a slip of the hand
    runtime.execute(1, { pattern: 'sequentail' });
    // @ts-expect-error likewise where a run is started
    runtime.start(1, { pattern: 'map_reduc' });
  });
});

describe('options', () => {
  it('belong to the pattern', () => {
    expectTypeOf<OptionsOf<'sequential'>>().toEqualTypeOf<SequentialOptions>();
    expectTypeOf<OptionsOf<'parallel'>>().toEqualTypeOf<ParallelOptions>();
    expectTypeOf<OptionsOf<'supervisor_worker'>>().toEqualTypeOf<SupervisorWorkerOptions>();
    expectTypeOf<OptionsOf<'router'>>().toEqualTypeOf<RouterOptions>();
    expectTypeOf<OptionsOf<'ensemble'>>().toEqualTypeOf<EnsembleOptions>();
    expectTypeOf<OptionsOf<'blackboard'>>().toEqualTypeOf<BlackboardOptions>();
    expectTypeOf<OptionsOf<'consensus'>>().toEqualTypeOf<ConsensusOptions>();
    expectTypeOf<OptionsOf<'debate'>>().toEqualTypeOf<DebateOptions>();
    expectTypeOf<OptionsOf<'handoff'>>().toEqualTypeOf<HandoffOptions>();
    expectTypeOf<OptionsOf<'split_and_count'>>().toEqualTypeOf<{
      chunk: number;
      label?: string | undefined;
    }>();
    expectTypeOf<ExecuteOptions<'split_and_count'>['options']>().toEqualTypeOf<
      OptionsOf<'split_and_count'> | undefined
    >();
  });

  it('are checked where they are written', () => {
    runtime.execute(1, {
      pattern: 'parallel',
      options: { onFailure: 'collect', sink: null, source: 'a', constraints: [] },
    });
    // @ts-expect-error not one of fail, collect
    runtime.execute(1, { pattern: 'parallel', options: { onFailure: 'ignore' } });
    // @ts-expect-error the option of another pattern
    runtime.execute(1, { pattern: 'sequential', options: { onFailure: 'fail' } });
    // @ts-expect-error a number, not a string
    runtime.execute(1, { pattern: 'supervisor_worker', options: { concurrency: '2' } });
    // @ts-expect-error the router is named, not given
    runtime.execute(1, { pattern: 'router', options: { router: handle } });
    // @ts-expect-error a list of capabilities
    runtime.execute(1, { pattern: 'ensemble', options: { capabilities: 'analyze' } });
    // @ts-expect-error a number of rounds
    runtime.execute(1, { pattern: 'blackboard', options: { rounds: true } });
    // @ts-expect-error a share of the votes
    runtime.execute(1, { pattern: 'consensus', options: { threshold: 'all' } });
    // @ts-expect-error no such role
    runtime.execute(1, { pattern: 'debate', options: { moderator: 'a' } });
    // @ts-expect-error not one of tiers, dynamic
    runtime.execute(1, { pattern: 'handoff', options: { mode: 'static' } });
    // @ts-expect-error not a number
    runtime.execute(1, { pattern: 'split_and_count', options: { chunk: '3' } });
    // @ts-expect-error chunk has no default
    runtime.execute(1, { pattern: 'split_and_count', options: { label: 'x' } });
    // @ts-expect-error no such option of a run
    runtime.execute(1, { pattern: 'sequential', taskid: 'x' });
  });

  it('reach the pattern as its schema gives them', () => {
    definePattern({
      name: 'typed',
      options: z.object({ rounds: z.number().default(3) }),
      execute: async ({ options, agents, invoke }) => {
        expectTypeOf(options).toEqualTypeOf<{ rounds: number }>();
        expectTypeOf(agents).toEqualTypeOf<readonly AgentHandle[]>();
        expectTypeOf(invoke(handle, 1)).resolves.toBeUnknown();
      },
    });
    definePattern({
      name: 'bare',
      execute: async ({ options }) => {
        // @ts-expect-error a pattern without a schema has no options
        options.rounds satisfies number;
      },
    });
  });

  it('of the schema and of the class must agree', () => {
    const options = z.object({ rounds: z.number() });
    // @ts-expect-error the class expects a string where the schema gives a number
    @Pattern({ name: 'wrong', options })
    class Wrong extends PatternExecutor<{ rounds: string }> {
      async execute(_execution: PatternExecution<{ rounds: string }>): Promise<void> {}
    }
    void Wrong;
  });
});

describe('what comes back', () => {
  it('is of the type that the pattern declares, a third party’s included', () => {
    const counted = { pattern: 'split_and_count', options: { chunk: 3 } } as const;
    expectTypeOf(runtime.execute(1, counted)).resolves.toEqualTypeOf<OrchestrationResult<string>>();
    expectTypeOf(runtime.start(1, counted).result).resolves.toHaveProperty('result').toEqualTypeOf<string>();
    expectTypeOf(runtime.execute(1)).resolves.toHaveProperty('result').toBeUnknown();
    // @ts-expect-error a caller names the pattern, not the type of its result
    runtime.execute<number>(1, {});
  });

  it('of events is distinguished by its type', () => {
    const listen = (event: RunEvent): void => {
      if (event.type === 'denied') expectTypeOf(event.denial.reason).toBeString();
      if (event.type === 'invocation_ended')
        expectTypeOf(event.outcome).toEqualTypeOf<'success' | 'failed'>();
      // @ts-expect-error no such event
      if (event.type === 'finished') return;
    };
    runtime.execute(1, { onEvent: listen });
  });

  it('of codes is closed', () => {
    expectTypeOf<'REVOKED'>().toExtend<ErrorCode>();
    expectTypeOf<'REVOKE'>().not.toExtend<ErrorCode>();
  });

  it('of handles gives no way to the agent', () => {
    // @ts-expect-error a handle cannot run
    handle.run;
    // @ts-expect-error an execution has no store
    (null as unknown as PatternExecution).store;
    expectTypeOf<keyof AgentHandle>().toEqualTypeOf<
      'id' | 'name' | 'capabilities' | 'isSupervisor' | 'can'
    >();
  });

  it('of tokens carries its type', () => {
    expectTypeOf<Token<TrustStore>>().not.toBeAny();
    const resolve = <T>(token: Token<T>): T => token as never;
    expectTypeOf(resolve(null as unknown as Token<TrustStore>)).toEqualTypeOf<TrustStore>();
  });
});
