import type { ErrorCodeText } from '@kaizen-eatp/core/errors';

/** Every error code that only the command's errors carry, with its text. */
export const CLI_ERROR_CODE_TEXTS = {
  COMMAND_USAGE: {
    meaning: 'A command was called with a missing, unknown or contradictory argument. Nothing was done.',
    cause: 'A misspelt option, a missing argument, or an answer that only a person at a terminal can give.',
    remedy: 'Read the help of the command: kaizen-eatp help COMMAND.',
  },
  FILE_NOT_FOUND: {
    meaning: 'A file or folder that a command should read does not exist.',
    cause: 'A misspelt path, or a file that was moved.',
    remedy: 'Correct the path.',
  },
  FILE_NOT_USABLE: {
    meaning: 'A file exists, but the command can neither read nor write it.',
    cause: 'Missing permissions, a full disk, or a folder in place of a file.',
    remedy: 'Repair what the message names, and call the command again.',
  },
  RECORD_NOT_FOUND: {
    meaning: 'The store has no record with the id that a command was given.',
    cause: 'A misspelt id, or another store than the one that was meant.',
    remedy: 'List the records, and name the store with --store.',
  },
  SECRET_EXPOSED: {
    meaning: 'A command was given a secret in a place that other users can read. Nothing was done.',
    cause: 'A password in an argument, or a file of secrets that other users can read.',
    remedy:
      'Pass the secret in a file of mode 600, by a descriptor, or at the prompt; then replace the secret.',
  },
  ANSWER_REFUSED: {
    meaning: 'The person at the terminal did not confirm the operation. Nothing was done.',
    cause: 'The question was answered with no.',
    remedy: 'Call the command again, and confirm; or pass --yes.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeText>>;
