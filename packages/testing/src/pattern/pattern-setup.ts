import type { AgentFunction, CapabilityRequest, TrustedAgent } from '@kaizen-eatp/core';
import type { TrustStore } from '@kaizen-eatp/core/store';
import type { Thoroughness } from '../conformance/thoroughness.js';
import type { TrustWorld, TrustWorldOptions } from '../fakes/trust-world.js';

/** A scripted agent that plays one of the pattern's roles. It has nothing but `run`. */
export interface RolePlayer {
  /**
   * Answers the input. The answer must depend on the input alone, since the suite calls it many times and concurrently.
   * Default: answers with the agent's name and the input.
   */
  readonly run?: AgentFunction;
  /**
   * Answers the input differently, so that the result must be different; false: no answer of this agent reaches the result.
   * Default: the suite changes one part of the answer of `run` after the other, until the result is different.
   */
  readonly otherwise?: AgentFunction | false;
  /** The capabilities of its chain. Default: `['work']`. */
  readonly capabilities?: readonly (string | CapabilityRequest)[];
  /** How often the pattern calls the agent for the input of the suite: a number, or the least and the most. Default: 1. */
  readonly calls?: number | readonly [least: number, most: number];
  /**
   * The actions as which the agent acts or shares. Default: its capabilities; also `execute` for the leader, and for an
   * agent to which no other agent can give a capability.
   */
  readonly actions?: readonly string[];
  /** Capabilities that the pattern delegates to the agent by name, although the agent does not use them. Default: none. */
  readonly spare?: readonly string[];
  /** Constraints that the pattern adds to each delegation to the agent. Default: none. */
  readonly addedConstraints?: readonly string[];
  /**
   * The names of fields by which an answer of the agent is meant to steer the run, although an option or a part of a
   * delegation has the same name: for instance `workers`, if the agent chooses them. Default: none.
   */
  readonly steers?: readonly string[];
}

/** A failure that the suite caused. */
export interface ScriptedFailure {
  /** The agent's name. */
  readonly agent: string;
  /** The message of the error that it threw, or with which it was refused. */
  readonly message: string;
}

/** How a run can succeed although agents failed. */
export interface FailureTolerance {
  /** The names of the agents whose failures do not fail the run. */
  readonly agents: readonly string[];
  /** Whether the run can succeed even when all of them failed. Default: false. */
  readonly all?: boolean;
  /**
   * Whether the result reports a failure. Default: its JSON has the message of the failure, or the code of its error.
   */
  readonly reportedIn?: (result: unknown, failure: ScriptedFailure) => boolean;
  /**
   * Whether the result holds the contribution of an agent that did not fail. Default: its JSON has a string of the agent's
   * output that no other of these agents ever returns.
   */
  readonly keptIn?: (
    result: unknown,
    contribution: { readonly agent: string; readonly output: unknown },
  ) => boolean;
}

/** The setup of the suite for one pattern. Every field has a default that suits a simple pattern. */
export interface PatternConformanceSetup {
  /** The agents by name, in order. Default: three agents that can `work` and answer with their input. */
  readonly agents?: Readonly<Record<string, RolePlayer>>;
  /** The options of the pattern. Default: none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * Other options, with which a run differs: in its result, its calls, its delegations or its actions. Without them the
   * suite cannot check whether the pattern obeys its options. Default: none.
   */
  readonly otherOptions?: Readonly<Record<string, unknown>>;
  /** Makes an input that holds `mark`, which identifies a run. Default: `{ request: mark }`. */
  readonly input?: (mark: string) => unknown;
  /** The name of the agent that acts by its own right. Default: the first agent. */
  readonly leader?: string;
  /** The names of agents that the pattern does not invoke for this input. Default: none. */
  readonly idle?: readonly string[];
  /** The failures that the pattern tolerates. Default: none, so that every failure of an agent fails the run. */
  readonly tolerates?: FailureTolerance;
  /**
   * The codes of the pattern's own errors, with which a run fails when an agent fails. The agent's error must be a cause of
   * such an error. Default: none, so that a run fails with the error of the agent.
   */
  readonly errors?: readonly string[];
  /** The names of the details that the pattern signs with its acts. Default: none. */
  readonly details?: readonly string[];
  /** The names of the facts that the pattern gives to constraint evaluators as `context` of its acts. Default: none. */
  readonly facts?: readonly string[];
  /**
   * The names of agents that act or delegate even after an approval was not granted, for instance to make another plan.
   * Default: none.
   */
  readonly actsAfterRefusal?: readonly string[];
  /** Whether the pattern is meant for durable runs, which execute it again with what was recorded. Default: true. */
  readonly durable?: boolean;
  /**
   * Whether what the pattern does depends on which agent answers first, for instance since the first answer counts or since
   * the agent that is free takes the next piece of work. Default: false.
   */
  readonly dependsOnTiming?: boolean;
  /** Returns the part of a result that is the same for the same input. Default: all of it except marks and ids. */
  readonly comparable?: (result: unknown) => unknown;
  /**
   * Is called with the agents before each run. A pattern that could reach agents by another way than its execution receives
   * them here, so that the suite sees their calls. Default: does nothing.
   */
  readonly introduce?: (agents: Readonly<Record<string, TrustedAgent>>) => void;
  /** Makes a store; it is called for each world. Default: makes a `MemoryTrustStore`. */
  readonly store?: () => TrustStore;
  /** Makes a world with these agents, for agents that are in another process. Default: `trustWorld`. */
  readonly world?: (options: TrustWorldOptions<string>) => Promise<TrustWorld>;
  /** The longest time that a run takes if its agents answer immediately, in milliseconds. Default: 2,000. */
  readonly bound?: number;
  /** The longest time from a stop to the end of the run and of the pattern, in milliseconds. Default: 500. */
  readonly stopBound?: number;
  /** The timeout of the run that times out, in milliseconds. Default: 100. */
  readonly timeout?: number;
  /** Whether to use the quick form or the full one, which makes hundreds of runs more. Default: `quick`. */
  readonly thoroughness?: Thoroughness;
}
