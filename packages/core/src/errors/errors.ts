import { describe, EatpError, type ErrorDetails } from './eatp-error.js';
import type { ErrorCode } from './error-codes.js';

/** An argument of a public function is not of the form it takes. Code `INVALID_ARGUMENT`. */
export class InvalidArgumentError extends EatpError {
  constructor(summary: string, details: ErrorDetails) {
    super('INVALID_ARGUMENT', summary, details);
  }
}

/**
 * For the one argument of a public function.
 *
 * @throws InvalidArgumentError unless it is an object.
 */
export function expectObject(value: unknown, what: string, example: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new InvalidArgumentError(`What ${what} needs is missing`, {
    expected: `an object such as ${example}`,
    received: describe(value),
    remedy: 'Pass it.',
  });
}

/**
 * For the options of a public function. A misspelt one must not be taken for none, least of all one about trust.
 *
 * @throws InvalidArgumentError unless it is an object with no names but the known ones.
 */
export function expectOptions(options: unknown, of: string, known: readonly string[]): void {
  expectObject(options, of, `{ ${known[0]} }`);
  const unknown = Object.keys(options as object).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new InvalidArgumentError(`There is no option '${unknown}' of ${of}`, {
    expected: known.join(', '),
    received: `'${unknown}'`,
    remedy: 'Correct it, or leave it out.',
  });
}

/** A value cannot be written as canonical JSON. Code `UNSUPPORTED_VALUE`. */
export class UnsupportedValueError extends EatpError {
  constructor(path: string, details: ErrorDetails) {
    super('UNSUPPORTED_VALUE', `The value at ${path} cannot be signed or stored`, details);
  }
}

/** Text that should be JSON, or a record of the protocol, is not. Codes `MALFORMED_JSON`, `MALFORMED_RECORD`. */
export class MalformedRecordError extends EatpError {
  constructor(code: 'MALFORMED_JSON' | 'MALFORMED_RECORD', summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}

/** A key is missing, malformed or unsafely kept. */
export class KeyError extends EatpError {
  constructor(
    code: 'BAD_KEY' | 'KEY_NOT_FOUND' | 'KEY_FILE_UNSAFE' | 'KEY_PASSPHRASE_WRONG' | 'SIGNING_FAILED',
    summary: string,
    details: ErrorDetails,
  ) {
    super(code, summary, details);
  }
}

/** The base of whatever goes wrong about trust itself (plan, "Enhanced Runtime"). */
export class TrustError extends EatpError {}

/** An authority is unknown, or may not do what was asked. */
export class AuthorityError extends TrustError {
  constructor(
    code: 'AUTHORITY_NOT_FOUND' | 'AUTHORITY_NOT_PERMITTED' | 'AUTHORITY_ALREADY_EXISTS',
    summary: string,
    details: ErrorDetails,
  ) {
    super(code, summary, details);
  }
}

/** `establish` for an agent that has a chain already. Code `AGENT_ALREADY_ESTABLISHED`. */
export class AgentAlreadyEstablishedError extends TrustError {
  constructor(agentId: string) {
    super('AGENT_ALREADY_ESTABLISHED', `Agent '${agentId}' already has a trust chain`, {
      remedy: 'Use its chain, reattest it, or revoke it before establishing it anew.',
      evidence: { agentId },
    });
  }
}

/** No chain is stored for an agent. Code `CHAIN_NOT_FOUND`. */
export class TrustChainNotFoundError extends TrustError {
  constructor(agentId: string) {
    super('CHAIN_NOT_FOUND', `Agent '${agentId}' has no trust chain`, {
      remedy: 'Call establish() for it with an authority, or import its chain.',
      evidence: { agentId },
    });
  }
}

/** A chain failed the gate that every chain passes before something is signed on its strength. Code `CHAIN_INVALID`. */
export class InvalidTrustChainError extends TrustError {
  constructor(agentId: string, reason: string, evidence: Record<string, unknown> = {}) {
    super('CHAIN_INVALID', `The trust chain of agent '${agentId}' is not valid: ${reason}`, {
      remedy:
        'Nothing is signed on the strength of such a chain; restore it from a good copy or establish the agent anew.',
      evidence: { agentId, reason, ...evidence },
    });
  }
}

/** A delegator tried to give what it does not hold. Code `CAPABILITY_NOT_HELD`. */
export class CapabilityNotHeldError extends TrustError {
  constructor(agentId: string, capability: string, held: readonly string[]) {
    super('CAPABILITY_NOT_HELD', `Agent '${agentId}' cannot delegate '${capability}'`, {
      expected: held.length > 0 ? `one of ${held.join(', ')}` : 'a capability that it holds (it holds none)',
      received: `'${capability}'`,
      remedy: 'Attest the capability to the delegator first, or delegate one that it holds.',
      evidence: { agentId, capability, held },
    });
  }
}

/** A delegation was not made, or a record that came as one is not accepted. */
export class DelegationError extends TrustError {
  constructor(code: Extract<ErrorCode, `DELEGATION_${string}`>, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}

/** An agent that must be trusted is not. Code `AGENT_NOT_TRUSTED`. */
export class AgentNotTrustedError extends TrustError {
  constructor(name: string, reason: string, evidence: Record<string, unknown> = {}) {
    super('AGENT_NOT_TRUSTED', `Agent '${name}' is not trusted: ${reason}`, {
      remedy: 'Establish trust for it, or leave it out of this run.',
      evidence: { name, reason, ...evidence },
    });
  }
}

/** The store refused or failed. Writes that were not acknowledged did not happen. */
export class StoreError extends EatpError {
  constructor(
    code: 'STORE_CONFLICT' | 'STORE_FAILED' | 'TRAIL_FORK',
    summary: string,
    details: ErrorDetails,
  ) {
    super(code, summary, details);
  }
}

/** A pattern was asked for that nobody registered. Code `UNKNOWN_PATTERN` (instead of the plan's silent fallback). */
export class UnknownPatternError extends EatpError {
  constructor(name: string, known: readonly string[], nearest: string | undefined) {
    super('UNKNOWN_PATTERN', `There is no pattern '${name}'`, {
      expected: known.length > 0 ? `one of ${known.join(', ')}` : 'a registered pattern (none is registered)',
      received: `'${name}'`,
      remedy: nearest
        ? `Did you mean '${nearest}'? Patterns are given to the runtime as \`patterns: [...]\`.`
        : 'Give the runtime its patterns as `patterns: [...]`; @kaizen-eatp/patterns has the usual ones.',
      evidence: { name, known, nearest },
    });
  }
}

/** A pattern's options do not fit its schema. Code `INVALID_PATTERN_OPTIONS`. */
export class InvalidPatternOptionsError extends EatpError {
  constructor(pattern: string, issues: string) {
    super('INVALID_PATTERN_OPTIONS', `The options for pattern '${pattern}' are not valid`, {
      received: issues,
      remedy: 'Correct the options; the pattern documents them.',
      evidence: { pattern, issues },
    });
  }
}

/** Pattern code did what the plugin contract forbids. Code `PATTERN_CONTRACT_BROKEN`. */
export class PatternContractError extends EatpError {
  constructor(summary: string, details: ErrorDetails) {
    super('PATTERN_CONTRACT_BROKEN', summary, details);
  }
}

/** An agent was asked to play a role for which it has no method. Code `MISSING_ROLE_METHOD`. */
export class MissingRoleMethodError extends EatpError {
  constructor(agentName: string, methods: readonly string[], available: readonly string[]) {
    super('MISSING_ROLE_METHOD', `Agent '${agentName}' cannot play this role`, {
      expected: `the method${methods.length > 1 ? 's' : ''} ${methods.join(', ')}`,
      received: available.length > 0 ? `an agent with ${available.join(', ')}` : 'an agent without methods',
      remedy: 'Add the method to the object given as `agent`, or choose another agent for the role.',
      evidence: { agentName, methods, available },
    });
  }
}

/** An agent played a role, but what it returned is not what the role gives. Code `ROLE_OUTPUT_INVALID`. */
export class RoleOutputError extends EatpError {
  constructor(agentName: string, role: string, expected: string, received: string) {
    super('ROLE_OUTPUT_INVALID', `Agent '${agentName}' did not play the role of ${role}`, {
      expected,
      received,
      remedy: 'Return the fields that the role names, or choose another agent for it.',
      evidence: { agentName, role },
    });
  }
}

/** No agent both holds a capability and verifies for it (plan, "Router Pattern"). Code `NO_CAPABLE_AGENT`. */
export class NoCapableAgentError extends TrustError {
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

/** `callTool` for a tool the agent does not have. Code `UNKNOWN_TOOL`. */
export class UnknownToolError extends EatpError {
  constructor(agentName: string, tool: string, known: readonly string[]) {
    super('UNKNOWN_TOOL', `Agent '${agentName}' has no tool '${tool}'`, {
      expected: known.length > 0 ? `one of ${known.join(', ')}` : 'a tool (it has none)',
      received: `'${tool}'`,
      remedy: 'Pass the tool in `tools` when the TrustedAgent is made.',
      evidence: { agentName, tool, known },
    });
  }
}

/** A plugin is not one, needs another core, or asked for what plugins may not have. */
export class PluginError extends EatpError {
  constructor(
    code: 'PLUGIN_INVALID' | 'PLUGIN_INCOMPATIBLE' | 'PLUGIN_FORBIDDEN',
    summary: string,
    details: ErrorDetails,
  ) {
    super(code, summary, details);
  }
}

/** A registry was asked about an agent that it does not hold, or given one that it holds already. */
export class AgentRegistryError extends EatpError {
  constructor(code: 'AGENT_ALREADY_REGISTERED' | 'AGENT_NOT_REGISTERED', agentId: string) {
    const isThere = code === 'AGENT_ALREADY_REGISTERED';
    super(code, `Agent '${agentId}' is ${isThere ? 'already' : 'not'} registered`, {
      remedy: isThere
        ? 'Deregister it first, or give the agents names of their own.'
        : 'Register it first, or check the id.',
      evidence: { agentId },
    });
  }
}

/** What can be wrong with a workflow. Closed, so that a caller can switch over it. */
export type WorkflowProblemKind =
  | 'EMPTY'
  | 'DUPLICATE_AGENT'
  | 'DUPLICATE_CONNECTION'
  | 'UNKNOWN_AGENT'
  | 'CYCLE'
  | 'SEVERAL_ROOTS'
  | 'NOT_TRUSTED'
  | 'MISSING_CAPABILITY'
  | 'CAPABILITY_NOT_HELD'
  | 'EXECUTE_FORBIDDEN'
  | 'CONNECTIONS_DISAGREE'
  | 'CONNECTION_UNNAMED'
  | 'TOO_DEEP';

/** One thing that is wrong with a workflow. */
export interface WorkflowProblem {
  readonly kind: WorkflowProblemKind;
  /** For people: what is wrong and, where it is not plain, what to do. */
  readonly message: string;
  /** The names of the agents concerned. */
  readonly agents: readonly string[];
  readonly capability?: string;
}

/** A workflow cannot be built (plan, "Trust-Aware Workflow"). Code `WORKFLOW_INVALID`; `problems` lists all of it. */
export class WorkflowValidationError extends EatpError {
  constructor(readonly problems: readonly WorkflowProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super('WORKFLOW_INVALID', `The workflow has ${count}`, {
      received: problems.map((problem, i) => `\n  ${i + 1}. ${problem.message}`).join(''),
      remedy: 'Mend them all and build it again.',
      evidence: { problems },
    });
  }
}
