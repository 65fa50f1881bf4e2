import { EatpError, isEatpError } from '@kaizen-eatp/core';
import { describeThrown } from '@kaizen-eatp/core/errors';
import { type Command, CommanderError } from 'commander';
import { complete } from './completion/complete.js';
import { COMPLETE } from './completion/scripts.js';
import { usage } from './errors.js';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.js';
import { type OutputStream, Terminal } from './output/terminal.js';
import { buildProgram, type Dispatch } from './program.js';
import type { InputStream } from './session/prompt.js';
import { Session } from './session/session.js';
import { CATALOGUE } from './specs/index.js';

/** Where and how a command runs. */
export interface CliOptions {
  /** The words after the command's name. */
  readonly args: readonly string[];
  /** The environment variables. Default: those of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The input. Default: that of the process. */
  readonly stdin?: InputStream;
  /** The output for results. Default: that of the process. */
  readonly stdout?: OutputStream;
  /** The output for progress and errors. Default: that of the process. */
  readonly stderr?: OutputStream;
  /** Cancels the command when it is aborted. Default: never. */
  readonly signal?: AbortSignal;
  /** Aborted when the reader of `stdout` has gone, as `head` does after its last line. Default: never. */
  readonly readerGone?: AbortSignal;
}

/**
 * Runs the command `kaizen-eatp` in this process.
 *
 * @returns the exit code: 0 yes, 1 no, 2 usage, 3 not found, 4 store, 5 key, 6 format, 130 cancelled, 70 a defect.
 */
export async function runCli(options: CliOptions): Promise<number> {
  const { args, env = process.env, signal = new AbortController().signal } = options;
  const [stdout, stderr] = [options.stdout ?? process.stdout, options.stderr ?? process.stderr];
  const words = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined);
  const terminal = new Terminal(stdout, stderr, {
    json: words.includes('--json'),
    colour: !words.includes('--no-color') && !env.NO_COLOR && env.TERM !== 'dumb',
    quiet: words.includes('--quiet'),
    verbose: words.includes('--verbose'),
  });
  options.readerGone?.addEventListener('abort', () => terminal.closed(), { once: true });
  let code: ExitCode = EXIT.YES;
  const dispatch: Dispatch = async (spec, given, global) => {
    const around = { env, stdin: options.stdin ?? process.stdin, terminal, signal };
    const session = new Session(around, global);
    try {
      const outcome = await untilAborted(spec.run(session, given, CATALOGUE), session);
      terminal.clearProgress();
      if (typeof outcome !== 'boolean') {
        if (terminal.settings.json) await terminal.json(outcome.result);
        else for (const line of outcome.lines) await terminal.line(line);
      }
      code = (typeof outcome === 'boolean' ? outcome : (outcome.yes ?? true)) ? EXIT.YES : EXIT.NO;
    } finally {
      await session.close();
    }
  };
  const help: string[] = [];
  const output = {
    out: (text: string) => void help.push(text),
    err: (text: string) => void (terminal.settings.json || stderr.write(text)),
  };
  const program = buildProgram(CATALOGUE, output, dispatch);
  if (args[0] === COMPLETE) {
    const candidates = complete(program, args.slice(1));
    await terminal.raw(candidates.map(({ value, description }) => `${value}\t${description}\n`).join(''));
    return EXIT.YES;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      await terminal.raw(help.join(''));
      return EXIT.YES;
    }
    const failure = toEatpError(error, program, words);
    await terminal.error(failure, fullName(calledCommand(program, words)));
    return failure instanceof Defect ? EXIT.DEFECT : exitCodeOf(failure);
  }
  return code;
}

/** A command that does not watch the signal itself ends as well. One that serves ends by itself, and has then done its work. */
async function untilAborted<T>(work: Promise<T>, session: Session): Promise<T> {
  const { signal } = session;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => session.isServing || reject(cancelled());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
    aborted.catch(() => undefined);
  }
}

const cancelled = (): EatpError =>
  new EatpError('EXECUTION_CANCELLED', 'The command was cancelled', {
    remedy: 'Call it again to go on: the store keeps the changes that were committed.',
  });

class Defect extends EatpError {}

function toEatpError(error: unknown, program: Command, words: readonly string[]): EatpError {
  if (isEatpError(error)) return error;
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help')
      return usage('A command is missing', { remedy: 'Name one of those above.' });
    const unknown = unknownOption(program, words);
    if (error.code === 'commander.missingMandatoryOptionValue' && unknown !== undefined)
      return usage(`unknown option '${unknown}'`);
    return usage((error.message.replace(/^error: /, '').split('\n')[0] as string).replace(/\.$/, ''), {
      remedy: `${suggestion(error.message)}Read the help: ${program.name()} help COMMAND.`,
    });
  }
  return new Defect('PLUGIN_FAILED' as never, 'The command failed because of a defect of its own', {
    received: describeThrown(error),
    remedy: 'Report it with the output of the same call with --verbose.',
    cause: error,
  });
}

/** Returns the command that was called, as far as the words name one; the program itself if they name none. */
function calledCommand(program: Command, words: readonly string[]): Command {
  let node = program;
  for (const word of words) {
    const next = node.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (next) node = next;
    else if (!word.startsWith('-')) break;
  }
  return node;
}

/** The full name of a command; undefined for the program itself. */
function fullName(command: Command): string | undefined {
  const names: string[] = [];
  for (let node = command; node.parent; node = node.parent) names.unshift(node.name());
  return names.length > 0 ? names.join(' ') : undefined;
}

/** The first option that the command does not have. The parser looks for missing ones first, of which this may be a misspelling. */
function unknownOption(program: Command, words: readonly string[]): string | undefined {
  const known = new Set(calledCommand(program, words).options.flatMap(({ long, short }) => [long, short]));
  return words
    .map((word) => word.split('=')[0] as string)
    .find((word) => word.startsWith('--') && !known.has(word));
}

/** The names that the parser proposes for a misspelt one. */
const suggestion = (message: string): string => {
  const [, proposal] = /\((Did you mean .*\?)\)/s.exec(message) ?? [];
  return proposal ? `${proposal} ` : '';
};
