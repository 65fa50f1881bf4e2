import type { AgentFunction, CapabilityRequest, TrustedAgent } from '@kaizen-eatp/core';
import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import type { TrustStore } from '@kaizen-eatp/core/store';
import type { TrustWorld, TrustWorldOptions } from '../fakes/trust-world.js';

/** A scripted agent that plays one of the pattern's roles. It has nothing but `run`. */
export interface RolePlayer {
  /**
   * Answers the input. The answer must depend on the input alone, since the suite calls it many times and concurrently.
   * Default: answers with the agent's name and the input.
   */
  readonly run?: AgentFunction;
  /** The capabilities of its chain. Default: `['work']`. */
  readonly capabilities?: readonly (string | CapabilityRequest)[];
}

/** A failure that the suite caused. */
export interface ScriptedFailure {
  /** The agent's name. */
  readonly agent: string;
  /** The message of the error that it threw. */
  readonly message: string;
}

/** How a run can succeed although agents failed. */
export interface FailureTolerance {
  /** The names of the agents whose failures do not fail the run. */
  readonly agents: readonly string[];
  /** Whether the run can succeed even when all of them failed. Default: false. */
  readonly all?: boolean;
  /**
   * Whether the result reports a failure. Default: its JSON has the message of the failure, or the code `AGENT_FAILED`.
   */
  reportedIn?(result: unknown, failure: ScriptedFailure): boolean;
  /**
   * Whether the result holds the contribution of an agent that did not fail. Default: its JSON has a string of the agent's
   * output that no other of these agents ever returns.
   */
  keptIn?(result: unknown, contribution: { readonly agent: string; readonly output: unknown }): boolean;
}

/** The setup of the suite for one pattern. Only `pattern` is required. */
export interface PatternConformanceSetup {
  /** The pattern. */
  readonly pattern: PatternPlugin;
  /** The agents by name, in order. Default: three agents that can `work` and answer with their input. */
  readonly agents?: Readonly<Record<string, RolePlayer>>;
  /** The options of the pattern. Default: none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Makes an input that holds `mark`, which identifies a run. Default: `{ request: mark }`. */
  readonly input?: (mark: string) => unknown;
  /** The name of the agent that acts by its own right. Default: the first agent. */
  readonly leader?: string;
  /** The names of agents that the pattern does not invoke for this input. Default: none. */
  readonly idle?: readonly string[];
  /** The failures that the pattern tolerates. Default: none, so that every failure of an agent fails the run. */
  readonly tolerates?: FailureTolerance;
  /** Returns the part of a result that is the same for the same input. Default: all of it except the run's and task's ids. */
  readonly comparable?: (result: unknown) => unknown;
  /**
   * Is called with the agents before each run. A pattern that could reach agents by another way than its execution receives
   * them here, so that the suite sees their calls. Default: does nothing.
   */
  readonly introduce?: (agents: Readonly<Record<string, TrustedAgent>>) => void;
  /** Makes a store; it is called for each of about thirty worlds. Default: makes a `MemoryTrustStore`. */
  readonly store?: () => TrustStore;
  /** Makes a world with these agents, for agents that are in another process. Default: {@link trustWorld}. */
  readonly world?: (options: TrustWorldOptions<string>) => Promise<TrustWorld>;
  /**
   * The longest time that a run takes if its agents answer immediately, and that it takes to end after a stop, in
   * milliseconds. Default: 2,000.
   */
  readonly bound?: number;
  /** The timeout of the run that times out, in milliseconds. Default: 100. */
  readonly timeout?: number;
}
