import type { ErrorCode } from '@kaizen-eatp/core';

/** How what a child may do is bounded by what its parent gives it, in one pattern. The cast is that of a setup. */
export interface ScopeRow {
  /** Which of the pattern's setups. Default: the first. */
  readonly setup?: number;
  /** The agent that delegates to the child. */
  readonly parent: string;
  /** Default: the setup's victim. */
  readonly child?: string;
  /** The capabilities that all agents hold unless they are idle, so that the parent delegates them by name. */
  readonly shared: readonly string[];
  /** The shared capabilities that the delegation to the child names. */
  readonly given: readonly string[];
  /** The agent that does not hold the shared capabilities in the second test. Each pattern names either its own or its child's. */
  readonly lacking: 'parent' | 'child';
  /** The shared capabilities that a lacking parent still holds, so that it can delegate to other agents. Default: none. */
  readonly kept?: readonly string[];
  /** The event under which the refusal of a branch is in the trail. Absent: the refusal fails the run. */
  readonly event?: string;
  /** The code of the error that the run then fails with. Absent: it succeeds. */
  readonly code?: ErrorCode;
}

const work = { shared: ['work'], given: ['work'], lacking: 'child' } as const;

/** By pattern name. A pattern that is not here fails the test. */
export const scopes: Readonly<Record<string, readonly [ScopeRow, ...ScopeRow[]]>> = {
  sequential: [{ ...work, parent: 'first', code: 'DELEGATION_REFUSED' }],
  parallel: [
    { ...work, parent: 'source', event: 'branch_failed', code: 'DELEGATION_REFUSED' },
    { ...work, setup: 1, parent: 'source', event: 'branch_failed' },
    { ...work, parent: 'source', child: 'sink', code: 'DELEGATION_REFUSED' },
  ],
  supervisor_worker: [{ ...work, parent: 'supervisor', event: 'worker_failed' }],
  router: [
    {
      parent: 'router',
      shared: ['translate'],
      given: ['translate'],
      lacking: 'parent',
      code: 'DELEGATION_REFUSED',
    },
  ],
  ensemble: [
    {
      parent: 'synthesizer',
      shared: ['consult'],
      given: ['consult'],
      lacking: 'parent',
      event: 'expert_consultation_failed',
      code: 'ALL_AGENTS_FAILED',
    },
  ],
  blackboard: [
    {
      parent: 'controller',
      shared: ['analyze', 'blackboard_contribution'],
      given: ['analyze', 'blackboard_contribution'],
      lacking: 'parent',
      event: 'blackboard_contribution_failed',
    },
  ],
  consensus: [
    {
      parent: 'proposer',
      shared: ['vote', 'aggregate_votes'],
      given: ['vote'],
      lacking: 'parent',
      event: 'vote_failed',
      code: 'ALL_AGENTS_FAILED',
    },
    {
      parent: 'proposer',
      child: 'aggregator',
      shared: ['vote', 'aggregate_votes'],
      given: ['aggregate_votes'],
      lacking: 'parent',
      kept: ['vote'],
      code: 'DELEGATION_REFUSED',
    },
  ],
  debate: [
    {
      parent: 'judge',
      shared: ['argue', 'rebut'],
      given: ['argue', 'rebut'],
      lacking: 'parent',
      code: 'DELEGATION_REFUSED',
    },
  ],
  handoff: [{ ...work, parent: 'first_tier', code: 'DELEGATION_REFUSED' }],
};
