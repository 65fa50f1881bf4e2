import type { AgentFunction, CapabilityRequest, TrustedAgent } from '@kaizen-eatp/core';
import type { PatternPlugin } from '@kaizen-eatp/core/plugin';
import type { TrustStore } from '@kaizen-eatp/core/store';
import type { TrustWorld, TrustWorldOptions } from '../fakes/trust-world.js';

/** A scripted fake that plays one of the pattern's roles. It has nothing but `run`. */
export interface RolePlayer {
  /**
   * Computes its answer from the input alone, since the suite runs it many times, also concurrently.
   * Default: names itself and repeats its input.
   */
  readonly run?: AgentFunction;
  /** Default: `['work']`. */
  readonly capabilities?: readonly (string | CapabilityRequest)[];
}

/** A failure that the suite made happen. */
export interface ScriptedFailure {
  /** The agent's name. */
  readonly agent: string;
  /** The message of the error that it threw. */
  readonly message: string;
}

/** How a pattern may end well although agents failed. */
export interface FailureTolerance {
  /** Names of the agents whose failure need not fail the run. */
  readonly agents: readonly string[];
  /** Whether the run may succeed even when all of them failed. Default: false. */
  readonly all?: boolean;
  /**
   * Whether the result says that an agent failed.
   * Default: its JSON has the failure's message, or the code `AGENT_FAILED`.
   */
  reportedIn?(result: unknown, failure: ScriptedFailure): boolean;
  /**
   * Whether the result holds what an agent that did not fail contributed.
   * Default: its JSON holds a string of the agent's output that none of the other agents ever gives.
   */
  keptIn?(result: unknown, contribution: { readonly agent: string; readonly output: unknown }): boolean;
}

/** The setup that a pattern needs in order to be tried. Only `pattern` is required. */
export interface PatternConformanceSetup {
  readonly pattern: PatternPlugin;
  /** By name, in order. Default: three agents that can `work` and repeat what they are given. */
  readonly agents?: Readonly<Record<string, RolePlayer>>;
  /** The pattern's own options. Default: none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Makes an input that holds `mark`, which identifies the run. Default: `{ request: mark }`. */
  readonly input?: (mark: string) => unknown;
  /** The agent that acts by its own right. Default: the first. */
  readonly leader?: string;
  /** Agents that this pattern leaves out with this input. Default: none. */
  readonly idle?: readonly string[];
  /** Default: none; every failure of an agent fails the run. */
  readonly tolerates?: FailureTolerance;
  /** Picks the part of a result that must be the same for the same input. Default: all but run and task id. */
  readonly comparable?: (result: unknown) => unknown;
  /**
   * Called with the agents before each run: for a pattern that gets hold of agents by another way than its execution,
   * so that what it does with them is seen. Default: nothing.
   */
  readonly introduce?: (agents: Readonly<Record<string, TrustedAgent>>) => void;
  /** Makes the store for a world; called for each of about thirty. Default: one in memory. */
  readonly store?: () => TrustStore;
  /**
   * Makes a world with these agents in it, each of them wherever it belongs; for agents that are not in this process.
   * Default: {@link trustWorld}.
   */
  readonly world?: (options: TrustWorldOptions<string>) => Promise<TrustWorld>;
  /** How long a run may take when its agents answer at once, and to end once it is stopped, in milliseconds. Default: 2,000. */
  readonly bound?: number;
  /** The timeout of the run that is to time out, in milliseconds. Default: 100. */
  readonly timeout?: number;
}
