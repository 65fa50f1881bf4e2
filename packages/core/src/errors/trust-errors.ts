import type { Denial, DenialCode } from './denial.js';
import { EatpError, type ErrorDetails } from './eatp-error.js';

type KeyCode = 'BAD_KEY' | 'KEY_NOT_FOUND' | 'KEY_FILE_UNSAFE' | 'KEY_PASSPHRASE_WRONG' | 'SIGNING_FAILED';
type AuthorityCode =
  | 'AUTHORITY_NOT_FOUND'
  | 'AUTHORITY_NOT_TRUSTED'
  | 'AUTHORITY_NOT_PERMITTED'
  | 'AUTHORITY_ALREADY_EXISTS'
  | 'RECORDER_REQUIRED';

declare module './error-code-map.js' {
  interface ErrorCodeMap extends Record<KeyCode, KeyError>, Record<AuthorityCode, AuthorityError> {
    /** An agent already has a trust chain. */
    AGENT_ALREADY_ESTABLISHED: AgentAlreadyEstablishedError;
    /** An agent was revoked and was not reinstated since. */
    AGENT_REVOKED: AgentRevokedError;
    /** An agent that takes part in a run is not trusted. */
    AGENT_NOT_TRUSTED: AgentNotTrustedError;
    /** No trust chain of this agent is stored. */
    CHAIN_NOT_FOUND: TrustChainNotFoundError;
    /** The trust chain of an agent failed verification. Nothing that depends on it is signed. */
    CHAIN_INVALID: InvalidTrustChainError;
    /** A nested run names another person than its outer run. */
    PERSON_MISMATCH: PersonError;
    /** The pseudonyms in the store were made with another key. */
    PERSON_KEY_MISMATCH: PersonError;
  }
}

/** A key is missing, malformed or kept unsafely, or it cannot sign. */
export class KeyError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:KeyError';

  constructor(code: KeyCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}

/** The base of the errors about trust itself: an operation is refused because the trust that it needs is missing. */
export class TrustError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:TrustError';
}

/** An authority is unknown, or is not permitted to do what was asked. */
export class AuthorityError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:AuthorityError';

  constructor(code: AuthorityCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}

/** `establish` was called for an agent that already has a chain. Code `AGENT_ALREADY_ESTABLISHED`. */
export class AgentAlreadyEstablishedError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:AgentAlreadyEstablishedError';

  constructor(agentId: string) {
    super('AGENT_ALREADY_ESTABLISHED', `Agent '${agentId}' already has a trust chain`, {
      remedy: 'Use its chain, or call reattest() to give it other capabilities.',
      evidence: { agentId },
    });
  }
}

/** An agent was revoked and not reinstated since, so it gets no chain. Code `AGENT_REVOKED`. */
export class AgentRevokedError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:AgentRevokedError';

  constructor(agentId: string, reason: string) {
    super('AGENT_REVOKED', `Agent '${agentId}' is revoked: ${reason}`, {
      remedy: 'Let it work again only by an explicit decision: call reinstate(), then establish it.',
      evidence: { agentId, reason },
    });
  }
}

/** The store has no chain of an agent. Code `CHAIN_NOT_FOUND`. */
export class TrustChainNotFoundError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:TrustChainNotFoundError';

  constructor(agentId: string) {
    super('CHAIN_NOT_FOUND', `Agent '${agentId}' has no trust chain`, {
      remedy: 'Establish trust for the agent, or import its chain.',
      evidence: { agentId },
    });
  }
}

/** A chain failed the check that every chain passes before anything is signed that depends on it. Code `CHAIN_INVALID`. */
export class InvalidTrustChainError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:InvalidTrustChainError';

  constructor(agentId: string, reason: string, evidence: Record<string, unknown> = {}) {
    super('CHAIN_INVALID', `The trust chain of agent '${agentId}' is not valid: ${reason}`, {
      remedy: 'Restore the chain from a backup, or establish trust for the agent again.',
      evidence: { agentId, reason, ...evidence },
    });
  }
}

/** The remedies for denials that another chain would not change. */
const REMEDIES: Readonly<Partial<Record<DenialCode, string>>> = {
  CONSTRAINT_UNKNOWN:
    "Register an evaluator for the label with `constraints`, or set `unknownConstraints: 'report'`.",
  CONSTRAINT_VIOLATED: 'Wait until the constraint permits it, or run without the agent.',
  EXPIRED: 'Re-attest the agent with a later `expiresAt`, or run without it.',
};

/** An agent that must be trusted is not. Code `AGENT_NOT_TRUSTED`. */
export class AgentNotTrustedError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:AgentNotTrustedError';

  constructor(name: string, reason: string, evidence: Record<string, unknown> = {}) {
    const { denial } = evidence as { denial?: Partial<Denial> };
    super('AGENT_NOT_TRUSTED', `Agent '${name}' is not trusted: ${reason}`, {
      remedy: (denial?.code && REMEDIES[denial.code]) ?? 'Establish trust for the agent, or run without it.',
      evidence: { name, reason, ...evidence },
    });
  }
}

/** The work names another person than the one for whom it must be done. The error never names a person. */
export class PersonError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:PersonError';

  constructor(code: 'PERSON_MISMATCH' | 'PERSON_KEY_MISMATCH', summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }

  /** A run that is nested in another one names another person than the outer run. */
  static mismatch(outerRunId: string): PersonError {
    return new PersonError('PERSON_MISMATCH', 'A nested run must work for the same person as its outer run', {
      expected: `the person of run ${outerRunId}, or none`,
      received: 'another person',
      remedy:
        'Omit `humanOrigin` to keep the person of the outer run, or start the run outside the invocation.',
      evidence: { outerRunId },
    });
  }

  /** The key that turns a person into a pseudonym is not the one that the store's pseudonyms were made with. */
  static keyMismatch(): PersonError {
    return new PersonError(
      'PERSON_KEY_MISMATCH',
      'The key for pseudonyms is not the one that the pseudonyms in this store were made with',
      {
        remedy:
          'Configure the key that this deployment was set up with. A person would get a second pseudonym otherwise, and revocations of the first would be missed.',
      },
    );
  }
}
