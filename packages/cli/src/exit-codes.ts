import { isEatpError } from '@kaizen-eatp/core';

/** The exit codes of every command. */
export const EXIT = {
  /** The command did what it was asked, or the answer is yes. */
  YES: 0,
  /** The answer is no: denied, invalid, tampered, or refused by a rule of trust. */
  NO: 1,
  /** The command was called wrongly. */
  USAGE: 2,
  /** The agent, authority, trail, store or file does not exist. */
  NOT_FOUND: 3,
  /** The store failed, or another process was first. */
  STORE: 4,
  /** A key is missing, unusable, or its passphrase is wrong. */
  KEY: 5,
  /** A file or record does not have the expected format. */
  FORMAT: 6,
  /** A defect of the command itself. */
  DEFECT: 70,
  /** The command was cancelled. */
  CANCELLED: 130,
} as const;

/** An exit code of a command. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Record<string, ExitCode>> = {
  COMMAND_USAGE: EXIT.USAGE,
  INVALID_ARGUMENT: EXIT.USAGE,
  UNSUPPORTED_VALUE: EXIT.USAGE,
  SECRET_EXPOSED: EXIT.USAGE,
  BRIDGE_INSECURE: EXIT.USAGE,
  FILE_NOT_FOUND: EXIT.NOT_FOUND,
  RECORD_NOT_FOUND: EXIT.NOT_FOUND,
  STORE_NOT_FOUND: EXIT.NOT_FOUND,
  AUTHORITY_NOT_FOUND: EXIT.NOT_FOUND,
  CHAIN_NOT_FOUND: EXIT.NOT_FOUND,
  DELEGATION_NOT_FOUND: EXIT.NOT_FOUND,
  AGENT_NOT_REGISTERED: EXIT.NOT_FOUND,
  RUN_NOT_FOUND: EXIT.NOT_FOUND,
  FILE_NOT_USABLE: EXIT.STORE,
  TRAIL_FORK: EXIT.STORE,
  OUTCOME_NOT_RECORDED: EXIT.STORE,
  BAD_KEY: EXIT.KEY,
  SIGNING_FAILED: EXIT.KEY,
  MALFORMED_JSON: EXIT.FORMAT,
  MALFORMED_RECORD: EXIT.FORMAT,
  RECEIPT_MALFORMED: EXIT.FORMAT,
  CHECKPOINT_MALFORMED: EXIT.FORMAT,
  EXECUTION_CANCELLED: EXIT.CANCELLED,
};

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!isEatpError(error)) return EXIT.DEFECT;
  const code: string = error.code;
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code] as ExitCode;
  if (code.startsWith('STORE_')) return EXIT.STORE;
  if (code.startsWith('KEY_') || code.includes('_KEY_')) return EXIT.KEY;
  return EXIT.NO;
}
