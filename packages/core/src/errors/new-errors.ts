import { describeThrown, EatpError } from './eatp-error.js';

/** STUB until the branch `errors` lands. */
export class InvocationEndedError extends EatpError {
  constructor(invocationId: string) {
    super('INVOCATION_ENDED' as never, `Invocation ${invocationId} has ended`, { remedy: 'Await everything that the agent starts before it returns.', evidence: { invocationId } });
  }
}
export class NestingTooDeepError extends EatpError {
  constructor(agentId: string, max: number) {
    super('NESTING_TOO_DEEP' as never, `Agent '${agentId}' would be invoked too deep`, { expected: `at most ${max} invocations one inside another`, remedy: 'Raise `limits.maxNesting`, or call fewer agents inside each other.' });
  }
}
export class StandaloneRequiredError extends EatpError {
  constructor(agent: string, what: string, around: { invocationId: string; agentId: string } | undefined) {
    super('STANDALONE_REQUIRED' as never, `Agent '${agent}' cannot ${what} through its object`, { remedy: 'Use context.callTool(), context.invoke() or context.delegate(); outside every invocation pass { standalone: true }.', evidence: { ...around } });
  }
}
export class ContextRequiredError extends EatpError {
  constructor(what: string, invocationId: string) {
    super('CONTEXT_REQUIRED' as never, `${what} inside invocation ${invocationId} needs its context`, { remedy: 'Pass { within: context }.', evidence: { invocationId } });
  }
}
export class OutcomeNotRecordedError extends EatpError {
  constructor(readonly invocationId: string, readonly outcome: string, cause: unknown) {
    super('OUTCOME_NOT_RECORDED' as never, `Invocation ${invocationId} ended (${outcome}), but its record is not stored yet`, { received: describeThrown(cause), remedy: 'Do not repeat it before you know what it did.', cause });
  }
}
export class PersonMismatchError extends EatpError {
  constructor(outer: string) { super('PERSON_MISMATCH' as never, `A run inside an invocation acts for the same person`, { remedy: 'Omit humanOrigin.', evidence: { outer } }); }
}
export class MethodNotDeclaredError extends EatpError {
  constructor(agent: string, method: string, allowed: readonly string[]) { super('METHOD_NOT_DECLARED' as never, `Agent '${agent}' does not offer '${method}'`, { expected: allowed.join(', '), remedy: `Declare it: new TrustedAgent({ methods: ['${method}'] }).` }); }
}
