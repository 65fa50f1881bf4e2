import { EatpError } from '@kaizen-eatp/core';
import { AgentDisconnectedError, type ErrorDetails } from '@kaizen-eatp/core/errors';
import { redactText } from '@kaizen-eatp/core/plugin';
import type { Fail } from './protocol/frame-schemas.js';

declare module '@kaizen-eatp/core/errors' {
  interface ErrorCodeMap {
    AGENT_UNAVAILABLE: BridgeError;
    BRIDGE_CLOSED: BridgeError;
    BRIDGE_INSECURE: BridgeError;
    BRIDGE_KEY_UNUSABLE: BridgeError;
    BRIDGE_OVERLOADED: BridgeError;
    ENROLMENT_REFUSED: BridgeError;
    MESSAGE_TOO_LARGE: BridgeError;
    PYTHON_EXCEPTION: PythonAgentError;
    REMOTE_REFUSED: BridgeError;
    VALUE_NOT_TRANSFERABLE: EatpError;
    WORKER_FAILED: WorkerFailedError;
  }
}

/** The bridge cannot do what was asked: its codes begin with `BRIDGE_`, or are those of what it was asked for. */
export class BridgeError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/bridge-python:BridgeError';

  constructor(
    code:
      | 'BRIDGE_CLOSED'
      | 'BRIDGE_INSECURE'
      | 'BRIDGE_KEY_UNUSABLE'
      | 'BRIDGE_OVERLOADED'
      | 'ENROLMENT_REFUSED'
      | 'AGENT_UNAVAILABLE'
      | 'MESSAGE_TOO_LARGE'
      | 'REMOTE_REFUSED'
      | 'EXECUTION_TIMEOUT'
      | 'EXECUTION_CANCELLED'
      | 'VALUE_NOT_TRANSFERABLE',
    summary: string,
    details: ErrorDetails,
  ) {
    super(code, summary, details);
  }
}

/** A Python agent raised. Code `PYTHON_EXCEPTION`; secrets are redacted. */
export class PythonAgentError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/bridge-python:PythonAgentError';

  /** The exception's class, with its module. */
  readonly pythonType: string;
  /** As Python prints it. */
  readonly traceback: string;

  constructor(agent: string, fail: Pick<Fail, 'type' | 'message' | 'traceback' | 'remedy'>) {
    const { type, message, traceback } = fail;
    super('PYTHON_EXCEPTION', `Python agent '${agent}' raised ${type}`, {
      received: redactText(message),
      remedy: remedyFor(fail),
      evidence: { agent, type },
    });
    this.pythonType = type;
    this.traceback = redactText(traceback);
  }
}

function remedyFor({ type, remedy }: Pick<Fail, 'type' | 'remedy'>): string {
  // Only the worker's own errors bring a remedy, such as the one for an input that does not fit the agent.
  if (remedy) return redactText(remedy);
  if (type.endsWith('ModuleNotFoundError'))
    return 'Install the missing module for the interpreter that runs the agent: see `traceback` for its path.';
  return 'See `traceback`; the fault is in the agent.';
}

/** A worker that the bridge started could not be started, or did not stay. Code `WORKER_FAILED`. */
export class WorkerFailedError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/bridge-python:WorkerFailedError';

  constructor(summary: string, details: ErrorDetails) {
    super('WORKER_FAILED', summary, details);
  }
}

/** The error that a FAIL frame stands for. */
export function errorOf(agent: string, fail: Fail): EatpError {
  const { code, message, remedy } = fail;
  const details = {
    received: redactText(message),
    remedy: remedy || 'See what the worker printed.',
    evidence: { agent, code, type: fail.type },
  };
  switch (code) {
    case 'EXCEPTION':
      return new PythonAgentError(agent, fail);
    case 'STOPPED':
      return new AgentDisconnectedError(agent, message);
    case 'NOT_FOUND':
      return new BridgeError('AGENT_UNAVAILABLE', `The worker has no agent '${agent}'`, details);
    case 'VALUE':
      return new BridgeError(
        'VALUE_NOT_TRANSFERABLE',
        `A value of agent '${agent}' could not be transferred`,
        details,
      );
    case 'TOO_LARGE':
      return new BridgeError('MESSAGE_TOO_LARGE', `The output of agent '${agent}' is too large`, details);
    case 'CANCELLED':
      return new BridgeError('EXECUTION_CANCELLED', `Agent '${agent}' was stopped by its worker`, details);
    case 'DEADLINE':
      return new BridgeError('EXECUTION_TIMEOUT', `Agent '${agent}' took too long`, details);
    default:
      return new BridgeError('REMOTE_REFUSED', `The worker of agent '${agent}' refused`, details);
  }
}
