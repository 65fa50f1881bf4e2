import type { ErrorDetails } from './eatp-error.js';
import { TrustError } from './trust-errors.js';

type DelegationCode =
  | 'DELEGATION_REQUIRED'
  | 'DELEGATION_REFUSED'
  | 'DELEGATION_DEPTH_EXCEEDED'
  | 'DELEGATION_CYCLE'
  | 'DELEGATION_NOT_FOUND'
  | 'DELEGATION_NOT_ACCEPTABLE'
  | 'DELEGATION_FORGED';

declare module './error-code-map.js' {
  interface ErrorCodeMap extends Record<DelegationCode, DelegationError> {
    /** A delegator tried to delegate a capability that it does not hold. */
    CAPABILITY_NOT_HELD: CapabilityNotHeldError;
    /** No available agent holds the capability and passes verification for it. */
    NO_CAPABLE_AGENT: NoCapableAgentError;
  }
}

/** A delegation was not made, or a record that was received as a delegation is not accepted. */
export class DelegationError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:DelegationError';

  constructor(code: DelegationCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}

/** A delegator tried to delegate a capability that it does not hold. Code `CAPABILITY_NOT_HELD`. */
export class CapabilityNotHeldError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:CapabilityNotHeldError';

  constructor(agentId: string, capability: string, held: readonly string[]) {
    super('CAPABILITY_NOT_HELD', `Agent '${agentId}' cannot delegate '${capability}'`, {
      expected:
        held.length > 0 ? `one of ${held.join(', ')}` : 'a capability that the agent holds (it holds none)',
      received: `'${capability}'`,
      remedy: 'Attest the capability to the delegator first, or delegate one that it holds.',
      evidence: { agentId, capability, held },
    });
  }
}

/** No agent holds the capability and passes verification for it. Code `NO_CAPABLE_AGENT`. */
export class NoCapableAgentError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:NoCapableAgentError';

  constructor(capability: string, considered: readonly { agent: string; reason: string }[] = []) {
    super('NO_CAPABLE_AGENT', `No trusted agent can do '${capability}'`, {
      received:
        considered.length > 0
          ? considered.map((c) => `${c.agent} (${c.reason})`).join('; ')
          : 'no agents to choose from',
      remedy: 'Attest the capability to one of the agents, or add an agent that holds it.',
      evidence: { capability, considered },
    });
  }
}
