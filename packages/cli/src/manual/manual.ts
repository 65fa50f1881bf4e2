import { notFound } from '../errors.js';
import type { ArgumentSpec, Catalogue, CommandSpec, OptionSpec } from '../spec/command-spec.js';
import { GLOBAL_OPTIONS } from '../spec/global-options.js';

const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'The command did what it was asked, or the answer is yes.'],
  ['1', 'The answer is no: denied, invalid, tampered, or refused by a rule of trust.'],
  ['2', 'The command was called wrongly.'],
  ['3', 'The agent, authority, trail, store or file does not exist.'],
  ['4', 'The store or a file failed, or another process was first.'],
  ['5', 'A key is missing or unusable, or its passphrase is wrong.'],
  ['6', 'A file or record does not have the expected format.'],
  ['70', 'The command failed because of a defect of its own.'],
  ['130', 'The command was cancelled. A command that serves exits with 0 instead.'],
];

/** Returns the name of a command's manual page, without the section. */
export const pageName = (name: string): string =>
  name === '' ? 'kaizen-eatp' : `kaizen-eatp-${name.replaceAll(' ', '-')}`;

/**
 * Returns the manual page of a command, in the language of man(7).
 *
 * @param name - the full name of the command or of a group; empty for the page about all.
 * @throws CliError `RECORD_NOT_FOUND`.
 */
export function manualOf(name: string, catalogue: Catalogue): string {
  const spec = catalogue.commands.find((each) => each.name === name || each.aliases?.includes(name));
  if (spec) return pageOf(spec);
  const group = catalogue.groups.find((each) => each.name === name);
  if (group || name === '')
    return overviewOf(name, catalogue, group?.summary ?? 'Run a Kaizen EATP deployment');
  throw notFound('command', name, 'List the commands: kaizen-eatp help');
}

function pageOf(spec: CommandSpec): string {
  const { name, summary, description = [], options = [], examples = [], aliases = [] } = spec;
  const args = spec.arguments ?? [];
  return page(name, summary, [
    section('SYNOPSIS', [`.B ${text(`kaizen-eatp ${name}`)}`, text(synopsisOf(args, options))]),
    section('DESCRIPTION', paragraphs([`${summary}.`, ...description])),
    section(
      'ARGUMENTS',
      args.flatMap((argument) => item(argument.name, withChoices(argument))),
    ),
    section(
      'OPTIONS',
      options.flatMap((option) => item(option.flags, withChoices(option))),
    ),
    section(
      'OPTIONS OF EVERY COMMAND',
      GLOBAL_OPTIONS.flatMap((option) => item(option.flags, withChoices(option))),
    ),
    section(
      'EXAMPLES',
      examples.flatMap(([call, meaning]) => item(call, meaning)),
    ),
    section(
      'EXIT STATUS',
      EXIT_CODES.flatMap(([code, meaning]) => item(code, meaning)),
    ),
    section('OTHER NAMES', paragraphs(aliases.map((alias) => `kaizen-eatp ${alias}`))),
    section('SEE ALSO', [`.BR ${text(pageName(''))} (1)`]),
  ]);
}

function overviewOf(name: string, catalogue: Catalogue, summary: string): string {
  const commands = catalogue.commands.filter((spec) => name === '' || spec.name.startsWith(`${name} `));
  return page(name, summary, [
    section('SYNOPSIS', [
      `.B ${text(`kaizen-eatp${name && ` ${name}`}`)}`,
      text('COMMAND [ARGUMENTS] [OPTIONS]'),
    ]),
    section('DESCRIPTION', paragraphs([`${summary}.`])),
    section(
      'COMMANDS',
      commands.flatMap((spec) => item(spec.name, `${spec.summary}. See ${pageName(spec.name)}(1).`)),
    ),
    section(
      'OPTIONS OF EVERY COMMAND',
      GLOBAL_OPTIONS.flatMap((option) => item(option.flags, withChoices(option))),
    ),
    section(
      'EXIT STATUS',
      EXIT_CODES.flatMap(([code, meaning]) => item(code, meaning)),
    ),
  ]);
}

function page(name: string, summary: string, sections: readonly string[][]): string {
  const title = pageName(name);
  const head = [
    `.TH "${title.toUpperCase()}" "1" "" "kaizen-eatp" "Kaizen EATP"`,
    '.SH NAME',
    `${text(title)} \\- ${text(summary)}`,
  ];
  return `${[...head, ...sections.flat()].join('\n')}\n`;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? [`.SH ${title}`, ...lines] : [];

/** A section begins with a paragraph by itself. */
const paragraphs = (each: readonly string[]): string[] =>
  each.flatMap((paragraph, i) => (i === 0 ? [text(paragraph)] : ['.PP', text(paragraph)]));

const item = (term: string, meaning: string): string[] => ['.TP', `.B ${text(term)}`, text(meaning)];

function withChoices({ description, choices, ...more }: ArgumentSpec | OptionSpec): string {
  const facts = [
    ...(choices ? [`one of ${choices.join(', ')}`] : []),
    ...('required' in more && more.required ? ['required'] : []),
    ...('byDefault' in more && more.byDefault ? [`default: ${more.byDefault}`] : []),
  ];
  return facts.length > 0 ? `${description} (${facts.join('; ')}).` : `${description}.`;
}

function synopsisOf(args: readonly ArgumentSpec[], options: readonly OptionSpec[]): string {
  return [
    ...args.map(({ name, optional, repeated }) => {
      const inner = `${name.toUpperCase()}${repeated ? '...' : ''}`;
      return optional ? `[${inner}]` : inner;
    }),
    ...options.filter(({ required }) => required).map(({ flags }) => flags),
    '[OPTIONS]',
  ].join(' ');
}

/** Escapes what the language of manual pages would obey. */
const text = (plain: string): string =>
  plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    // The language is ASCII: other characters are named by their code points.
    .replaceAll(
      /[^\x20-\x7e]/gu,
      (char) => `\\[u${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^\./, '\\&.');
