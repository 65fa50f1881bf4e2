/** The codes of REFUSE (docs/protocol.md, "Login"). */
export type RefusalCode =
  | 'VERSION_UNKNOWN'
  | 'AGENT_UNKNOWN'
  | 'KEY_MISMATCH'
  | 'SIGNATURE_INVALID'
  | 'TOKEN_INVALID'
  | 'CAPABILITY_NOT_OFFERED'
  | 'AGENT_NOT_TRUSTED'
  | 'SESSION_UNKNOWN'
  | 'SESSION_TAKEN'
  | 'CLOSING'
  | 'OVERLOADED';

/** Refuses a worker's login; the worker receives the code, the message and the remedy. */
export class LoginRefused extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }

  /** Whether the refusal points to an impostor; the others are trouble of an honest worker. */
  get isSuspicious(): boolean {
    return ['SIGNATURE_INVALID', 'TOKEN_INVALID', 'KEY_MISMATCH', 'SESSION_TAKEN'].includes(this.code);
  }
}
