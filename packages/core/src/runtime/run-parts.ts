import type { TrustedAgent } from '../agent/trusted-agent.js';
import type { DelegationRecord, VerificationLevel } from '../chain/index.js';
import type { Actor } from '../invocation/actor.js';
import { RunBudget } from '../invocation/budget.js';
import { Grants } from '../invocation/grants.js';
import { Lifecycle } from '../invocation/lifecycle.js';
import { Limiter } from '../invocation/limiter.js';
import type { Scope } from '../invocation/make-context.js';
import type { Observers } from '../invocation/observers.js';
import { PendingDelegations } from '../invocation/pending-delegations.js';
import { InvocationSession } from '../invocation/session.js';
import type { SessionOptions } from '../invocation/session-options.js';
import { RunTrail } from '../trust/audit/run-trail.js';
import type { Deployment } from '../trust/deployment.js';
import { disclosureOf, type Person } from '../trust/persons.js';
import type { ValueLimits } from '../values/index.js';
import type { RunJournal } from './journal/run-journal.js';
import { Leader } from './leader.js';
import { DEFAULT_LIMITS, type RuntimeLimits } from './limits.js';
import type { Participants } from './participants.js';
import type { Run } from './run.js';
import { RunRecords } from './run-records.js';

/** Options of a guarded run. */
export interface GuardedRunOptions {
  /** The deployment whose store and keys the run uses. */
  readonly deployment: Deployment;
  /** The name of the pattern. */
  readonly pattern: string;
  /** The agents that take part, by name. */
  readonly agents: ReadonlyMap<string, TrustedAgent>;
  /** The level of every verification. */
  readonly level: VerificationLevel;
  /** Verifies the agents before the run; undefined: each is verified when it acts. */
  readonly participants: Participants | undefined;
  /** The bounds of the run. */
  readonly limits: RuntimeLimits;
  /** The person on whose behalf the run acts. */
  readonly person: Person | undefined;
  /** The invocation in which the run was started. */
  readonly outer: Scope | undefined;
  /** The journal of a durable run. */
  readonly journal?: RunJournal | undefined;
  /** The observers; undefined without any. */
  readonly observers: Observers | undefined;
}

/** The facts that a guarded run has about its agents and about values. */
export interface RunFacts {
  /** The bounds of inputs and outputs. */
  readonly valueLimits: ValueLimits;
  /** Returns the participating agent with this id, if there is one. */
  participant(agentId: string): Actor | undefined;
}

/** The parts of a guarded run. */
export interface RunParts {
  /** Every delegation of the run, oldest first. */
  readonly delegations: DelegationRecord[];
  /** Constraint labels that were in force and that nothing enforces. */
  readonly unenforced: Set<string>;
  /** The delegations that were made in the run. */
  readonly grants: Grants;
  /** The agent that leads the run. */
  readonly leader: Leader;
  /** The places, numbers and time limits of invocations. */
  readonly lifecycle: Lifecycle;
  /** The delegations that are not stored yet. */
  readonly pending: PendingDelegations;
  /** The records of the run besides its invocations. */
  readonly records: RunRecords;
  /** The session that performs invocations. */
  readonly session: InvocationSession;
  /** The trail of the run. */
  readonly trail: RunTrail;
  /** Counts what the run uses. */
  readonly budget: RunBudget;
  /** Asks for the approvals that acts need; set by the driver of a durable run. */
  readonly approving: { approve?: SessionOptions['approve'] };
}

const journals = new WeakMap<object, RunJournal>();

/** The journal of the durable run that an invocation belongs to. */
export const journalOf = (host: object): RunJournal | undefined => journals.get(host);

/** Puts the parts of a run together. */
export function makeRunParts(run: Run, options: GuardedRunOptions, facts: RunFacts): RunParts {
  const { deployment, limits, person, outer: scope, pattern, journal } = options;
  const { runId, taskId, request } = run;
  const outer = scope && { runId: scope.host.runId, invocationId: scope.call.id };
  const delegations: DelegationRecord[] = [];
  const unenforced = new Set<string>();
  const trail = new RunTrail(
    deployment,
    runId,
    (anchor) => run.emit({ type: 'recorded', anchor }),
    journal?.committer,
  );
  const unannounced = new Map<string, DelegationRecord>();
  const announce = (delegationId: string): void => {
    const delegation = unannounced.get(delegationId);
    if (!delegation) return;
    unannounced.delete(delegationId);
    const { delegatorId: from, delegateeId: to } = delegation;
    run.emit({ type: 'delegated', from, to, delegation });
  };
  const pending = new PendingDelegations(
    journal?.committer ?? deployment.store,
    ({ delegationId }) => announce(delegationId),
    disclosureOf(person),
    journal !== undefined,
  );
  journal?.committer.takeFrom(pending);
  const grants = new Grants({
    deployment,
    runId,
    taskId,
    person: person?.pseudonym ?? null,
    overlay: pending,
    now: () => trail.now(),
    keep: (entry, { record }) => {
      pending.add(entry);
      delegations.push(record);
      unannounced.set(record.id, record);
      return undefined;
    },
  });
  const lifecycle = new Lifecycle({
    nextId: () => run.nextInvocationId(),
    control: run.control,
    limiter: new Limiter(limits.maxConcurrentInvocations ?? DEFAULT_LIMITS.maxConcurrentInvocations),
    timeout: limits.invocationTimeout,
    maxNesting: limits.maxNesting ?? DEFAULT_LIMITS.maxNesting,
    depth: scope ? scope.call.depth + 1 : 0,
    observer: run.observer,
  });
  const budget = new RunBudget(request.budget, scope && (scope.host as InvocationSession).at.budget);
  const approving: RunParts['approving'] = {};
  const session = new InvocationSession({
    approve: journal && ((work, step) => approving.approve?.(work, step)),
    deployment,
    trail,
    pending,
    runId,
    taskId,
    initiatorId: request.initiatorId ?? null,
    person,
    outer,
    facts: request.facts,
    usage: scope ? (scope.host as InvocationSession).at.usage : { toolCalls: 0 },
    budget,
    lifecycle,
    grants,
    valueLimits: facts.valueLimits,
    observers: options.observers?.ofCalls(runId),
    trace: run.trace,
    deadline: () => run.deadline,
    track: (ask) => run.trackAgent(ask),
    participant: (agentId) => facts.participant(agentId),
    report: (call, progress) => run.report(progress, facts.valueLimits, call),
    onPermitted: ({ unenforcedConstraints }) => {
      for (const label of unenforcedConstraints) unenforced.add(label);
    },
    onDenied: (agentId, action, denial) => run.emit({ type: 'denied', agentId, action, denial }),
  });
  if (journal) {
    journals.set(session, journal);
    // Nothing that observes the run must see an outcome before it is stored.
    journal.history.isDeferring = !run.observer && !options.observers;
  }
  const records = new RunRecords({
    deployment,
    run,
    pattern,
    trail,
    grants,
    pending,
    person,
    outer,
    delegations,
    reported: budget.reported,
  });
  return {
    delegations,
    unenforced,
    grants,
    leader: new Leader(grants, scope),
    lifecycle,
    pending,
    records,
    session,
    trail,
    approving,
    budget,
  };
}
