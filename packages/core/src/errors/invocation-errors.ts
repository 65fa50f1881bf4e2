import type { ErrorDetails } from './eatp-error.js';
import { TrustError } from './trust-errors.js';

type InvocationCode =
  | 'STANDALONE_REQUIRED'
  | 'CONTEXT_REQUIRED'
  | 'INVOCATION_ENDED'
  | 'METHOD_NOT_DECLARED'
  | 'NESTING_TOO_DEEP';

declare module './error-code-map.js' {
  interface ErrorCodeMap extends Record<InvocationCode, InvocationError> {}
}

/** A call was refused because of the invocation that it is made in, or because of the method that it names. */
export class InvocationError extends TrustError {
  static override readonly brand: string = '@kaizen-eatp/core:InvocationError';

  constructor(code: InvocationCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }

  /**
   * A call through an agent's object that could come from inside an invocation.
   *
   * @param invocationId - the invocation that the call was made in, where it is known.
   */
  static standaloneRequired(
    agentId: string,
    call: string,
    invocationId: string | undefined,
  ): InvocationError {
    const inside = invocationId !== undefined;
    return new InvocationError(
      'STANDALONE_REQUIRED',
      inside
        ? `Agent '${agentId}' cannot be called through its object inside an invocation`
        : `Agent '${agentId}' cannot be called through its object while invocations are in progress`,
      {
        expected: inside
          ? `a call through the context of invocation ${invocationId}`
          : 'a call through a context, or a call with { standalone: true }',
        received: `\`${call}\` of the agent object`,
        remedy: inside
          ? 'Use context.callTool(), context.invoke() or context.delegate().'
          : 'Inside an invocation use its context. Outside every invocation pass { standalone: true }: the agent then acts by its own right.',
        evidence: { agentId, call, invocationId },
      },
    );
  }

  /** A run that was started inside an invocation without naming it. */
  static contextRequired(invocationId: string): InvocationError {
    return new InvocationError('CONTEXT_REQUIRED', 'A run inside an invocation must name the invocation', {
      expected: `\`within\`, the context of invocation ${invocationId}`,
      received: 'a run without it',
      remedy:
        'Pass { within: context } with the context that the agent was given. Code that is not part of the invocation, such as a shared timer, must be started outside it.',
      evidence: { invocationId },
    });
  }

  /** Use of a context after its invocation has ended. */
  static ended(agentId: string, invocationId: string, call: string): InvocationError {
    return new InvocationError(
      'INVOCATION_ENDED',
      `Invocation ${invocationId} of agent '${agentId}' has ended`,
      {
        received: `a later call of ${call}`,
        remedy: 'Await everything that the agent does through its context before it returns.',
        evidence: { agentId, invocationId, call },
      },
    );
  }

  /** A call of a method that no role names and that the agent does not declare. */
  static methodNotDeclared(agentName: string, method: string, declared: readonly string[]): InvocationError {
    return new InvocationError(
      'METHOD_NOT_DECLARED',
      `Method '${method}' of agent '${agentName}' is not declared`,
      {
        expected: declared.length > 0 ? `one of ${declared.join(', ')}` : 'a declared method (there is none)',
        received: `'${method}'`,
        remedy: 'Declare the method on the TrustedAgent, or name it in the role that the pattern asks for.',
        evidence: { agentName, method, declared },
      },
    );
  }

  /** Runs or invocations that are nested too deep in each other. */
  static nestingTooDeep(what: string, maxNesting: number): InvocationError {
    return new InvocationError('NESTING_TOO_DEEP', `${what} is nested more than ${maxNesting} deep`, {
      expected: `at most ${maxNesting} levels`,
      remedy: 'Look for agents that call each other in a circle, or raise `maxNesting`.',
      evidence: { what, maxNesting },
    });
  }
}
