import type { Session } from '../session/session.js';
import type { Given } from './given.js';

/** What a command produced. */
export interface Outcome {
  /** The result for `--json`: a JSON value with snake_case names. */
  readonly result: unknown;
  /** The result for people, line by line. Control characters in it are made visible before it is printed. */
  readonly lines: readonly string[];
  /** Whether the answer of the command is yes, so that it exits with 0; with false it exits with 1. Default: true. */
  readonly yes?: boolean;
}

/** A positional argument of a command. */
export interface ArgumentSpec {
  /** The name, as the help shows it. */
  readonly name: string;
  /** A phrase that describes the argument. */
  readonly description: string;
  /** Whether the argument can be omitted. Default: false. */
  readonly optional?: boolean;
  /** Whether the argument can be repeated; only for the last one. Default: false. */
  readonly repeated?: boolean;
  /** The values that it can have. Default: any. */
  readonly choices?: readonly string[];
}

/** An option of a command. */
export interface OptionSpec {
  /** The option as commander reads it, for instance `--from <agent>`; a flag has no value. */
  readonly flags: string;
  /** A phrase that describes the option. */
  readonly description: string;
  /** Whether the option must be given. Default: false. */
  readonly required?: boolean;
  /** Whether the option can be given several times. Default: false. */
  readonly repeated?: boolean;
  /** The values that it can have. Default: any. */
  readonly choices?: readonly string[];
  /** The value without the option, for the help; the command itself applies it. */
  readonly byDefault?: string;
}

/** One command: the source of its parser, help, completion and manual page. */
export interface CommandSpec {
  /** The full name, for instance `agent establish`. */
  readonly name: string;
  /** Other full names, such as those of the Python reference's command. */
  readonly aliases?: readonly string[];
  /** One line that begins with a verb and has no full stop. */
  readonly summary: string;
  /** Further paragraphs for the help and the manual page. */
  readonly description?: readonly string[];
  /** The positional arguments, in order. */
  readonly arguments?: readonly ArgumentSpec[];
  /** The options besides those of every command. */
  readonly options?: readonly OptionSpec[];
  /** Calls of the command, each with what it does. */
  readonly examples?: readonly (readonly [call: string, meaning: string])[];
  /** Imports the command's code, and runs it. A command that prints its result itself returns only whether it is yes. */
  readonly run: (session: Session, given: Given, catalogue: Catalogue) => Promise<Outcome | boolean>;
}

/** A group of commands with a common first word. */
export interface GroupSpec {
  /** The first word. */
  readonly name: string;
  /** One line that says what the commands of the group do. */
  readonly summary: string;
}

/** All commands and groups. */
export interface Catalogue {
  /** The commands, in the order of the help. */
  readonly commands: readonly CommandSpec[];
  /** The groups. */
  readonly groups: readonly GroupSpec[];
}
