import { EatpError } from '@kaizen-eatp/core';
import type { ErrorDetails } from '@kaizen-eatp/core/errors';
import type { CLI_ERROR_CODE_TEXTS } from './error-codes.js';

type CliErrorCode = keyof typeof CLI_ERROR_CODE_TEXTS;

declare module '@kaizen-eatp/core/errors' {
  interface ErrorCodeMap {
    COMMAND_USAGE: CliError;
    FILE_NOT_FOUND: CliError;
    FILE_NOT_USABLE: CliError;
    RECORD_NOT_FOUND: CliError;
    SECRET_EXPOSED: CliError;
    ANSWER_REFUSED: CliError;
  }
}

/** A command could not be carried out for a reason that only concerns the command line. */
export class CliError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/cli:CliError';

  constructor(code: CliErrorCode, summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}

/** Returns the error for a wrong use of a command. @param remedy - default: read the help. */
export const usage = (summary: string, details: Partial<ErrorDetails> = {}): CliError =>
  new CliError('COMMAND_USAGE', summary, {
    remedy: 'Read the help: kaizen-eatp help COMMAND.',
    ...details,
  });

/** Returns the error for a record that the store does not have. @param what - for instance `agent`. */
export const notFound = (what: string, id: string, remedy: string): CliError =>
  new CliError('RECORD_NOT_FOUND', `There is no ${what} '${id}'`, { remedy, evidence: { [what]: id } });
