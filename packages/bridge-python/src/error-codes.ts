import type { ErrorCodeText } from '@kaizen-eatp/core/errors';

/** Every error code that only the bridge's classes carry, with its text. */
export const BRIDGE_ERROR_CODE_TEXTS = {
  AGENT_UNAVAILABLE: {
    meaning: 'No connected worker serves this agent.',
    cause: 'The worker has not started, has disconnected, or serves other agents.',
    remedy: 'Start a worker that serves the agent, or raise the time to wait for one.',
  },
  BRIDGE_CLOSED: {
    meaning: 'The bridge was closed, so it takes no calls.',
    cause: 'Its close() was called while there was still work to do.',
    remedy: 'Open another bridge, and close it after the last run.',
  },
  BRIDGE_INSECURE: {
    meaning: 'The bridge refuses options that would send agents’ data over a network without encryption.',
    cause: 'A host other than this machine, without TLS.',
    remedy: 'Pass a certificate as `tls`, or listen on 127.0.0.1.',
  },
  BRIDGE_KEY_UNUSABLE: {
    meaning: 'The bridge cannot read or make the file with its own key.',
    cause: 'Other users can read the file, it belongs to another user, or its folder cannot be written to.',
    remedy: 'Run chmod 600 on the file, or name another one as `keyFile`.',
  },
  BRIDGE_OVERLOADED: {
    meaning: 'More calls wait for the workers than the bridge permits.',
    cause: 'Too few workers, or workers that have stopped answering.',
    remedy: 'Start more workers, or limit how many calls run concurrently.',
  },
  ENROLMENT_REFUSED: {
    meaning: 'The bridge did not make or accept an enrolment token.',
    cause: 'The token expired, was used before, or is for an agent that the bridge does not know.',
    remedy: 'Make a new token for the agent.',
  },
  MESSAGE_TOO_LARGE: {
    meaning: 'A message between the bridge and a worker is larger than the limit.',
    cause: 'An input or an output that holds whole files.',
    remedy: 'Pass a reference to the data, or raise the limit on both sides.',
  },
  PYTHON_EXCEPTION: {
    meaning: 'A Python agent raised an exception.',
    cause: 'A defect of the agent, or a service that it depends on.',
    remedy: 'See `pythonType` and `traceback`.',
  },
  REMOTE_REFUSED: {
    meaning: 'A worker refused a call.',
    cause: 'It is shutting down, or it does not permit what was asked.',
    remedy: 'See the reason in the message and the output of the worker.',
  },
  VALUE_NOT_TRANSFERABLE: {
    meaning: 'A value cannot cross between TypeScript and Python without a change.',
    cause: 'A class instance, a function, or a number that one of the languages cannot hold.',
    remedy: 'Convert the value at the path in the message to plain data.',
  },
  WORKER_FAILED: {
    meaning: 'A worker process that the bridge started has failed.',
    cause:
      'Python or the package `kaizen-eatp-bridge[kaizen]` is not installed, or the module cannot be imported.',
    remedy: "See the worker's output in the message.",
  },
} as const satisfies Readonly<Record<string, ErrorCodeText>>;
