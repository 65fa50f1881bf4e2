import type { AuditAnchor, DelegationRecord, EatpError, TrailVerification } from '@kaizen-eatp/core';
import type { ScriptedCall } from '../fakes/scripted-agent.js';
import type { RunMarks } from './marks.js';
import type { SpiedExecution } from './spied-pattern.js';

/** How a run was stopped, and which parts of it ended in time. */
export interface Stop {
  /** The code of the error that the run must fail with. */
  readonly code: 'EXECUTION_CANCELLED' | 'EXECUTION_TIMEOUT';
  /** Whether the run ended within the bound. */
  readonly runEnded: boolean;
  /** Whether the pattern's own `execute` ended within the bound. */
  readonly patternEnded: boolean;
}

/** Everything that can be observed about one run: by the caller, the guard, the agents, and in the store. */
export interface Observation {
  /** The circumstances, as the start of a reason: `when 'bob' fails`. */
  readonly circumstances: string;
  /** The run's id. */
  readonly runId: string;
  /** The task's id. */
  readonly taskId: string;
  /** The marks of the run's input, person and tenant. */
  readonly marks: RunMarks;
  /** The outcome. `unended`: the run took longer than the bound. */
  readonly outcome:
    | { readonly status: 'succeeded'; readonly result: unknown }
    | { readonly status: 'failed'; readonly error: EatpError }
    | { readonly status: 'unended' };
  /** The calls that the agents themselves saw, by agent name and in order. */
  readonly calls: Readonly<Record<string, readonly ScriptedCall[]>>;
  /** The pattern's requests to its execution. */
  readonly asked: SpiedExecution['asked'];
  /** The requests that were in progress when the pattern's `execute` settled. */
  readonly leftBehind: NonNullable<SpiedExecution['leftBehind']>;
  /** The options, as the pattern saw them. */
  readonly optionsSeen: unknown;
  /** The stored delegations. */
  readonly delegations: readonly DelegationRecord[];
  /** The stored trail. */
  readonly trail: readonly AuditAnchor[];
  /** Whether the stored trail verifies. */
  readonly verification: TrailVerification;
  /** The number of intents without an outcome. */
  readonly openIntents: number;
  /** The number of entries on the trail for acts outside runs. */
  readonly outsideEntries: number;
  /** The timers and other handles that the pattern's code left active in the process. */
  readonly leftovers: readonly string[];
  /** The agent whose trust was revoked, if one was. */
  readonly revoked?: string;
  /** How the suite stopped the run, if it did. */
  readonly stop?: Stop;
}

/** Returns the calls of all agents. */
export const allCalls = ({ calls }: Observation): readonly (ScriptedCall & { readonly agent: string })[] =>
  Object.entries(calls).flatMap(([agent, each]) => each.map((call) => ({ ...call, agent })));

/** Returns the agents whose own code threw, without those whose invocation was aborted. */
export const failedAgents = (observation: Observation): readonly string[] => [
  ...new Set(
    allCalls(observation)
      .filter((call) => call.outcome === 'threw' && !call.wasAborted)
      .map((call) => call.agent),
  ),
];

/** Returns the name of the agent with an id. */
export const nameOfAgent = (agentId: string): string => agentId.replace(/^agent-/, '');

/** Describes the outcome of a run as a part of a reason. */
export function describeOutcome({ outcome }: Observation): string {
  if (outcome.status === 'failed')
    return `the run failed with ${outcome.error.code}: ${outcome.error.message}`;
  return outcome.status === 'succeeded' ? 'the run succeeded' : 'the run did not end';
}
