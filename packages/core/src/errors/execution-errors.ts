import { describeThrown, EatpError } from './eatp-error.js';
import { TrustError } from './errors.js';

/**
 * An agent's own code threw or rejected. Code `AGENT_FAILED`; `cause` is what it threw. The failure is in the trail.
 */
export class AgentExecutionError extends EatpError {
  constructor(
    readonly agentId: string,
    readonly invocationId: string,
    cause: unknown,
  ) {
    super('AGENT_FAILED', `Agent '${agentId}' failed`, {
      received: describeThrown(cause),
      remedy: "See `cause` for the agent's own error; the failure is recorded in the trail.",
      evidence: { agentId, invocationId },
      cause,
    });
  }
}

/**
 * Contact with an agent elsewhere was lost while it was at work: whether it did its work is not known, and it is not
 * asked again. Code `AGENT_DISCONNECTED`; the trail says `partial` with outcome unknown.
 */
export class AgentDisconnectedError extends EatpError {
  constructor(agent: string, reason: string, evidence: Record<string, unknown> = {}) {
    super('AGENT_DISCONNECTED', `Contact with agent '${agent}' was lost`, {
      received: reason,
      remedy: 'Find out from its own records whether it did its work before you have it done again.',
      evidence: { agent, reason, ...evidence },
    });
  }
}

/** A run or an invocation took longer than it may. Code `EXECUTION_TIMEOUT`. */
export class ExecutionTimeoutError extends EatpError {
  constructor(what: string, milliseconds: number) {
    super('EXECUTION_TIMEOUT', `${what} took longer than ${milliseconds} ms`, {
      remedy: 'Raise the timeout, or make the agents heed `context.signal`.',
      evidence: { what, milliseconds },
    });
  }
}

/** The caller cancelled the run. Code `EXECUTION_CANCELLED`. */
export class ExecutionCancelledError extends EatpError {
  constructor(what: string, reason: unknown) {
    super('EXECUTION_CANCELLED', `${what} was cancelled`, {
      received: reason === undefined ? 'no reason given' : describeReason(reason),
      remedy: 'Nothing is wrong; the trail records the cancellation.',
      evidence: { what },
      cause: reason,
    });
  }
}

/** Authority was withdrawn while work that rested on it was running. Code `REVOKED`. */
export class RevokedError extends TrustError {
  constructor(subject: string, reason: string) {
    super('REVOKED', `The authority of ${subject} was revoked`, {
      received: reason,
      remedy: 'The work was stopped and recorded as denied; establish or delegate anew if that is intended.',
      evidence: { subject, reason },
    });
  }
}

/** Verification denied an action. Code `VERIFICATION_DENIED`; `denial` says why, as data. */
export class VerificationDeniedError extends TrustError {
  constructor(
    readonly agentId: string,
    readonly action: string,
    readonly denial: { readonly code: string; readonly reason: string },
  ) {
    super('VERIFICATION_DENIED', `Agent '${agentId}' may not do '${action}'`, {
      received: `${denial.code} (${denial.reason})`,
      remedy:
        'Grant what is missing to the agent, or do not ask it for this action; the denial is in the trail.',
      evidence: { agentId, action, denial },
    });
  }
}

/** A pattern's own code threw. Code `PATTERN_FAILED`; `cause` is what it threw. */
export class PatternFailedError extends EatpError {
  constructor(pattern: string, cause: unknown) {
    super('PATTERN_FAILED', `Pattern '${pattern}' failed`, {
      received: describeThrown(cause),
      remedy: 'The fault is in the pattern; see `cause`.',
      evidence: { pattern },
      cause,
    });
  }
}

const describeReason = (reason: unknown): string =>
  describeThrown(reason instanceof Error ? reason.message : reason);
