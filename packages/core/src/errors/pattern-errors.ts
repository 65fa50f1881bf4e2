import { describeThrown } from './describe.js';
import { EatpError, type ErrorDetails } from './eatp-error.js';

type PluginCode = 'PLUGIN_INVALID' | 'PLUGIN_INCOMPATIBLE' | 'PLUGIN_FORBIDDEN';

declare module './error-code-map.js' {
  interface ErrorCodeMap extends Record<PluginCode, PluginError> {
    /** The runtime has no pattern with this name. */
    UNKNOWN_PATTERN: UnknownPatternError;
    /** The options of a pattern do not match its schema. No agent was invoked. */
    INVALID_PATTERN_OPTIONS: InvalidPatternOptionsError;
    /** The code of a pattern did what the plugin contract forbids. */
    PATTERN_CONTRACT_BROKEN: PatternContractError;
    /** The code of a pattern threw an error. */
    PATTERN_FAILED: PatternFailedError;
    /** An agent has none of the methods that its role needs. */
    MISSING_ROLE_METHOD: MissingRoleMethodError;
    /** An agent returned something that its role does not allow. */
    ROLE_OUTPUT_INVALID: RoleOutputError;
  }
}

/** A run named a pattern that its runtime does not have. Code `UNKNOWN_PATTERN`. */
export class UnknownPatternError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:UnknownPatternError';

  constructor(name: string, known: readonly string[], nearest: string | undefined) {
    super('UNKNOWN_PATTERN', `There is no pattern '${name}'`, {
      expected: known.length > 0 ? `one of ${known.join(', ')}` : 'a registered pattern (none is registered)',
      received: `'${name}'`,
      remedy: nearest
        ? `Did you mean '${nearest}'? Pass patterns to the runtime as \`patterns: [...]\`.`
        : 'Pass patterns to the runtime as `patterns: [...]`; @kaizen-eatp/patterns has the usual ones.',
      evidence: { name, known, nearest },
    });
  }
}

/** A pattern's options do not match its schema. Code `INVALID_PATTERN_OPTIONS`. */
export class InvalidPatternOptionsError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:InvalidPatternOptionsError';

  /** @param known - the names of the options that the pattern has, if its schema tells. */
  constructor(pattern: string, issues: string, known?: readonly string[]) {
    super('INVALID_PATTERN_OPTIONS', `The options of pattern '${pattern}' are invalid`, {
      ...(known && { expected: known.length > 0 ? `options among ${known.join(', ')}` : 'no options' }),
      received: issues,
      remedy: "Correct the options as the pattern's documentation describes them.",
      evidence: { pattern, issues },
    });
  }
}

/** A pattern's code did what the plugin contract forbids. Code `PATTERN_CONTRACT_BROKEN`. */
export class PatternContractError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:PatternContractError';

  constructor(summary: string, details: ErrorDetails) {
    super('PATTERN_CONTRACT_BROKEN', summary, details);
  }
}

/** A pattern's own code threw. Code `PATTERN_FAILED`; `cause` is what it threw. */
export class PatternFailedError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:PatternFailedError';

  constructor(pattern: string, cause: unknown) {
    super('PATTERN_FAILED', `The code of pattern '${pattern}' failed`, {
      received: describeThrown(cause),
      remedy: 'See `cause`, and correct the code of the pattern.',
      evidence: { pattern },
      cause,
    });
  }
}

/** An agent was asked to play a role for which it has no method. Code `MISSING_ROLE_METHOD`. */
export class MissingRoleMethodError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:MissingRoleMethodError';

  constructor(agentName: string, methods: readonly string[], available: readonly string[]) {
    super('MISSING_ROLE_METHOD', `Agent '${agentName}' has no method for this role`, {
      expected: `the method${methods.length > 1 ? 's' : ''} ${methods.join(', ')}`,
      received: available.length > 0 ? `an agent with ${available.join(', ')}` : 'an agent without methods',
      remedy: 'Add the method to the object that you pass as `agent`, or choose another agent for the role.',
      evidence: { agentName, methods, available },
    });
  }
}

/** An agent played a role and returned something that the role does not allow. Code `ROLE_OUTPUT_INVALID`. */
export class RoleOutputError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:RoleOutputError';

  constructor(agentName: string, role: string, expected: string, received: string) {
    super('ROLE_OUTPUT_INVALID', `Agent '${agentName}' returned an invalid output for the role of ${role}`, {
      expected,
      received,
      remedy: 'Return the fields that the role requires, or choose another agent for the role.',
      evidence: { agentName, role },
    });
  }
}

/** A plugin cannot be used: its shape, its API version or what it wants to replace. */
export class PluginError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:PluginError';

  constructor(code: PluginCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}
