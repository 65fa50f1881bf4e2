import { readFileSync, type Stats, statSync } from 'node:fs';
import { CliError, usage } from '../errors.js';

/**
 * Reads a secret from a file that only its user can read. One line feed at the end is not part of it.
 *
 * @throws CliError `FILE_NOT_FOUND`, `SECRET_EXPOSED`, `COMMAND_USAGE`.
 */
export function secretFromFile(path: string, what: string): string {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) {
    throw new CliError('FILE_NOT_FOUND', `There is no file ${path} with the ${what}`, {
      remedy: 'Correct the path.',
    });
  }
  expectPrivate(path, info, what);
  return withoutLineFeed(readFileSync(path, 'utf8'), what);
}

/** Checks that a file with a secret can be read by its user only. @throws CliError `SECRET_EXPOSED`. */
export function expectPrivate(path: string, info: Stats, what: string): void {
  if (info.isFile() && (info.mode & 0o077) !== 0) {
    throw new CliError('SECRET_EXPOSED', `Other users can read the ${what} in ${path}`, {
      expected: 'mode 600',
      received: `mode ${(info.mode & 0o777).toString(8)}`,
      remedy: `Run: chmod 600 '${path}', and replace the ${what} if others had access.`,
    });
  }
}

/** Reads a secret from a descriptor of this process, to its end. @throws CliError `COMMAND_USAGE`. */
export function secretFromDescriptor(descriptor: string, what: string): string {
  if (!/^\d{1,4}$/.test(descriptor))
    throw usage(`The descriptor of the ${what} must be a number`, { received: `'${descriptor}'` });
  try {
    return withoutLineFeed(readFileSync(Number(descriptor), 'utf8'), what);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw usage(`Descriptor ${descriptor} with the ${what} cannot be read`, {
      remedy: `Open it for the command, for instance: ${descriptor}< FILE`,
      cause,
    });
  }
}

function withoutLineFeed(text: string, what: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret !== '') return secret;
  throw usage(`The ${what} is empty`, { remedy: 'Write it into the file.' });
}
