import type { AuditAnchor, DelegationRecord, EatpError, TrailVerification } from '@kaizen-eatp/core';
import type { ScriptedCall } from '../fakes/scripted-agent.js';
import type { SpiedExecution } from './spied-pattern.js';

/** How a run was stopped, and how soon everything about it ended. */
export interface Stop {
  /** What the run must fail with. */
  readonly code: 'EXECUTION_CANCELLED' | 'EXECUTION_TIMEOUT';
  /** Whether the run, and the pattern's own `execute`, ended within the bound. */
  readonly runEnded: boolean;
  readonly patternEnded: boolean;
}

/** All that is to be seen of one run of a pattern, from every side: caller, guard, agents and store. */
export interface Observation {
  /** What was made to happen, to begin a reason with: `when 'bob' fails`. */
  readonly circumstances: string;
  readonly runId: string;
  readonly taskId: string;
  /** `unended`: it took longer than the bound. */
  readonly outcome:
    | { readonly status: 'succeeded'; readonly result: unknown }
    | { readonly status: 'failed'; readonly error: EatpError }
    | { readonly status: 'unended' };
  /** By agent name, in order: what the agents themselves saw. */
  readonly calls: Readonly<Record<string, readonly ScriptedCall[]>>;
  readonly asked: SpiedExecution['asked'];
  readonly leftBehind: NonNullable<SpiedExecution['leftBehind']>;
  readonly delegations: readonly DelegationRecord[];
  /** The run's trail as it is stored. */
  readonly trail: readonly AuditAnchor[];
  readonly verification: TrailVerification;
  readonly openIntents: number;
  /** Entries that were written to the trail of what happens outside runs. */
  readonly outsideEntries: number;
  /** Present if the suite stopped the run. */
  readonly stop?: Stop;
}

export const allCalls = ({ calls }: Observation): readonly (ScriptedCall & { readonly agent: string })[] =>
  Object.entries(calls).flatMap(([agent, each]) => each.map((call) => ({ ...call, agent })));

/** The agents whose own code threw, other than because it was told to stop. */
export const failedAgents = (observation: Observation): readonly string[] => [
  ...new Set(
    allCalls(observation)
      .filter((call) => call.outcome === 'threw' && !call.wasAborted)
      .map((call) => call.agent),
  ),
];

/** How a run ended, as a part of a reason. */
export function describeOutcome({ outcome }: Observation): string {
  if (outcome.status === 'failed')
    return `the run failed with ${outcome.error.code}: ${outcome.error.message}`;
  return outcome.status === 'succeeded' ? 'the run succeeded' : 'the run did not end';
}
