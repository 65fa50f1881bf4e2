import type { Person } from '../trust/persons.js';
import type { Denial } from '../trust/verify/denial.js';
import type { VerificationResult } from '../trust/verify/types.js';
import type { CapturedValue, ValueLimits } from '../values/index.js';
import type { JsonObject } from '../wire/index.js';
import type { Actor, Tool } from './actor.js';
import type { Basis } from './basis.js';
import type { RunBudget } from './budget.js';
import type { CallStep } from './call-step.js';
import type { Grants } from './grants.js';
import type { GuardPlace } from './guard.js';
import type { OuterInvocation } from './invocation.js';
import type { Call, Lifecycle } from './lifecycle.js';
import type { Observers } from './observers.js';
import type { TraceParent } from './trace-parent.js';

/** Counters over all invocations of a run and of the runs nested in it. */
export interface Usage {
  /** How many tools were used so far. */
  toolCalls: number;
}

/** Where invocations take place: a run, or a standalone call. */
export interface SessionOptions extends GuardPlace {
  /** The run; null outside a run. */
  readonly runId: string | null;
  /** The task of all invocations here. */
  readonly taskId: string;
  /** The agent or user that requested the work. */
  readonly initiatorId: string | null;
  /** The person on whose behalf the work is done. */
  readonly person: Person | undefined;
  /** The invocation in which the run was started, if it was started in one. */
  readonly outer: OuterInvocation | undefined;
  /** Facts for constraint evaluators, from the code that started the work. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The usage so far. A nested run shares it with its outer run, so that a limit holds for both together. */
  readonly usage: Usage;
  /** Counts what is used, against the budgets. */
  readonly budget: RunBudget;
  /** Numbers, limits, times and stops calls. */
  readonly lifecycle: Lifecycle;
  /** The delegations made here. */
  readonly grants: Grants;
  /** The size limits of inputs and outputs. */
  readonly valueLimits: ValueLimits | undefined;
  /** The deadline of all the work, in milliseconds since the epoch. */
  deadline(): number | undefined;
  /** Keeps track of the requests of agents, so that none of them outlives the work. */
  track<T>(ask: () => Promise<T>): Promise<T>;
  /** Returns the participating agent with this id, if there is one. */
  participant(agentId: string): Actor | undefined;
  /** Receives reports of progress. */
  report(call: Call, progress: unknown): void;
  /** Watch the calls; undefined without any. */
  readonly observers?: Observers | undefined;
  /** The trace context of calls that are not observed. Default: none. */
  readonly trace?: TraceParent | undefined;
  /**
   * Asks the people who must approve what an agent requests, in a durable run. @returns the ids of those who did; undefined
   * if none must.
   */
  approve?: ((work: Work, step: CallStep) => Promise<readonly string[]> | undefined) | undefined;
  /** Receives each verdict that permits an act. */
  onPermitted?(verdict: VerificationResult): void;
  /** Receives each denial. */
  onDenied?(agentId: string, action: string, denial: Denial): void;
}

/** One action to do. */
export interface Work {
  /** The agent that does the work. */
  readonly actor: Actor;
  /** What it receives. */
  readonly input: CapturedValue;
  /** The delegation that it acts under; undefined: its own right. */
  readonly basis: Basis | undefined;
  /** The action to verify and record. */
  readonly action: string;
  /** The method that is called, or the tool that is used. */
  readonly by: { readonly method: string } | { readonly tool: Tool };
  /** The resource that it concerns. */
  readonly resource?: string | undefined;
  /** Facts for constraint evaluators. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  /** Details that are signed with the anchor. */
  readonly details?: JsonObject | undefined;
  /** The digest to record, where the input holds secrets. Default: the input's. */
  readonly inputDigest?: string;
  /** The time limit in milliseconds. */
  readonly timeout?: number | undefined;
  /** The journal's entry for it, in a durable run. */
  readonly step?: CallStep | undefined;
  /** The ids of the people who approved it. Default: no approval was needed. */
  readonly approvedBy?: readonly string[] | undefined;
  /** The call in which this one is made. */
  readonly within?: Call | undefined;
  /** Stops the call when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** The trace context of the code that makes the call, where it runs in another process. */
  readonly trace?: TraceParent | undefined;
}
