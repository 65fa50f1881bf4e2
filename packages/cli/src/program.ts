import { Argument, Command, Option } from 'commander';
import { usage } from './errors.js';
import type { Catalogue, CommandSpec, OptionSpec } from './spec/command-spec.js';
import { Given } from './spec/given.js';
import { GLOBAL_OPTIONS } from './spec/global-options.js';

/** Runs a command with what it was called with: its own arguments and options, and those of every command. */
export type Dispatch = (spec: CommandSpec, given: Given, global: Given) => Promise<void>;

/** Prints the help for the parser. */
export interface ParserOutput {
  /** Prints to standard output. */
  readonly out: (text: string) => void;
  /** Prints to standard error. */
  readonly err: (text: string) => void;
}

/** Builds the parser of all commands. Their code is not imported. */
export function buildProgram(
  { commands, groups }: Catalogue,
  output: ParserOutput,
  dispatch: Dispatch,
): Command {
  const program = new Command('kaizen-eatp')
    .description('Runs a Kaizen EATP deployment: keys, authorities, agents, trails and receipts.')
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: true })
    .helpOption('-h, --help', 'Show the help')
    .helpCommand(false);
  settle(program, output);
  for (const option of GLOBAL_OPTIONS) program.addOption(toOption(option));
  for (const { name, summary } of groups) {
    const group = settle(program.command(name), output).description(`${summary}.`).summary(summary);
    group
      .helpOption('-h, --help', 'Show the help')
      .configureHelp({ showGlobalOptions: true })
      .helpCommand(false);
  }
  for (const spec of commands) {
    configure(nodeOf(program, spec.name, output), spec, dispatch);
    for (const alias of spec.aliases ?? []) configure(nodeOf(program, alias, output, true), spec, dispatch);
  }
  return program;
}

/** Finds the parser of a command by its words. @throws CliError `COMMAND_USAGE`. */
export function findCommand(program: Command, words: readonly string[]): Command {
  let node = program;
  for (const word of words) {
    const next = node.commands.find((command) => command.name() === word);
    if (!next) {
      throw usage(`There is no command '${words.join(' ')}'`, {
        expected: node.commands.map((command) => command.name()).join(', '),
        received: `'${word}'`,
        remedy: 'List the commands: kaizen-eatp help',
      });
    }
    node = next;
  }
  return node;
}

/** The values of a command's options that were given on the command line; those of a subcommand come first. */
function givenOptions(command: Command, isOwn: (name: string) => boolean): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (let node: Command | null = command; node; node = node.parent) {
    for (const [name, value] of Object.entries(node.opts())) {
      if (node.getOptionValueSource(name) === 'cli' && isOwn(name) && !Object.hasOwn(values, name))
        values[name] = value;
    }
  }
  return values;
}

const GLOBAL_NAMES = new Set(GLOBAL_OPTIONS.map((option) => toOption(option).attributeName()));

function configure(node: Command, spec: CommandSpec, dispatch: Dispatch): void {
  node.summary(spec.summary).description([sentence(spec.summary), ...(spec.description ?? [])].join('\n\n'));
  for (const { name, description, optional, repeated, choices } of spec.arguments ?? []) {
    const inner = repeated ? `${name}...` : name;
    const argument = new Argument(optional ? `[${inner}]` : `<${inner}>`, description);
    node.addArgument(choices ? argument.choices([...choices]) : argument);
  }
  for (const option of spec.options ?? []) node.addOption(toOption(option));
  // Every command takes the options of all commands, too: the help shows them once, as those of the program.
  for (const option of GLOBAL_OPTIONS) node.addOption(toOption(option).hideHelp());
  const examples = (spec.examples ?? []).map(([call, meaning]) => `  ${call}\n      ${meaning}`);
  if (examples.length > 0) node.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  if (spec.aliases?.length) node.addHelpText('after', `\nAlso: ${spec.aliases.join(', ')}`);
  node.action(async (...received: unknown[]) => {
    const command = received.at(-1) as Command;
    const args = received.slice(0, -2) as (string | string[] | undefined)[];
    const own = givenOptions(command, (name) => !GLOBAL_NAMES.has(name));
    const global = givenOptions(command, (name) => GLOBAL_NAMES.has(name));
    await dispatch(spec, new Given(args, own as never), new Given([], global as never));
  });
}

const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

function toOption({ flags, description, choices, repeated, required, byDefault }: OptionSpec): Option {
  const option = new Option(flags, byDefault ? `${description} (default: ${byDefault})` : description);
  if (choices) option.choices([...choices]);
  // Choices are compared without regard to case, as the Python reference does.
  const check = option.parseArg as ((value: string, previous: unknown) => unknown) | undefined;
  const read = (value: string): unknown => (check ? check(value.toLowerCase(), undefined) : value);
  if (flags.includes('<')) {
    option.argParser((value: string, previous: unknown) =>
      repeated ? [...((previous as unknown[] | undefined) ?? []), read(value)] : read(value),
    );
  }
  return required ? option.makeOptionMandatory() : option;
}

/** Finds the parser of a full name, and creates it and its groups if necessary. */
function nodeOf(program: Command, name: string, output: ParserOutput, hidden = false): Command {
  let node = program;
  for (const word of name.split(' ')) {
    const known = node.commands.find((command) => command.name() === word);
    node = known ?? settle(node.command(word, { hidden }), output);
    node
      .helpOption('-h, --help', 'Show the help')
      .configureHelp({ showGlobalOptions: true })
      .helpCommand(false);
  }
  return node;
}

function settle(command: Command, { out, err }: ParserOutput): Command {
  return command.exitOverride().configureOutput({
    writeOut: out,
    writeErr: err,
    // The error is thrown as well, and printed once, in the form that was asked for.
    outputError: () => undefined,
    getOutHelpWidth: () => 110,
    getErrHelpWidth: () => 110,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
}
