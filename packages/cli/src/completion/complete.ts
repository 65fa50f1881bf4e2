import type { Command, Option } from 'commander';

/** A word that can stand at the cursor. */
export interface Candidate {
  /** The word. */
  readonly value: string;
  /** What it means. */
  readonly description: string;
}

/**
 * Returns the words that can stand at the cursor; none where a file or a value of the user's own is expected.
 *
 * @param words - the words after the command's name; the last one is the one at the cursor, and can be empty.
 */
export function complete(program: Command, words: readonly string[]): Candidate[] {
  const before = words.slice(0, -1);
  const current = (words.at(-1) ?? '').trim();
  const place = walk(program, before);
  if (place.awaits) return startingWith(current, choicesOf(place.awaits));
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined) {
    const option = place.node.options.find((each) => each.long === name);
    const choices = option ? choicesOf(option) : [];
    return startingWith(value as string, choices).map((each) => ({
      ...each,
      value: `${name}=${each.value}`,
    }));
  }
  if (current.startsWith('-')) {
    const options = [...place.node.options, ...program.options].filter((option) => option.long);
    const byName = new Map(options.map((option) => [option.long as string, option.description]));
    byName.set('--help', 'Show the help');
    return startingWith(
      current,
      [...byName].map(([each, description]) => ({ value: each, description })),
    );
  }
  const commands = place.position === 0 ? place.node.commands : [];
  const argument = place.node.registeredArguments[place.position];
  return startingWith(current, [
    ...commands
      .filter((command) => !(command as unknown as { readonly _hidden: boolean })._hidden)
      .map((command) => ({ value: command.name(), description: command.summary() })),
    ...(argument?.argChoices ?? []).map((choice) => ({
      value: choice,
      description: argument?.description ?? '',
    })),
  ]);
}

interface Place {
  /** The command that the words before name. */
  node: Command;
  /** How many positional arguments it has already. */
  position: number;
  /** The option whose value comes next. */
  awaits: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Place {
  const place: Place = { node: program, position: 0, awaits: undefined };
  for (const word of words) {
    if (place.awaits) {
      place.awaits = undefined;
    } else if (word.startsWith('-')) {
      const option = [...place.node.options, ...program.options].find(
        ({ long, short }) => word === long || word === short,
      );
      if (option?.required) place.awaits = option;
    } else {
      const next = place.position === 0 && place.node.commands.find((command) => command.name() === word);
      if (next) place.node = next;
      else place.position += 1;
    }
  }
  return place;
}

const choicesOf = ({ argChoices = [], description }: Option): Candidate[] =>
  argChoices.map((value) => ({ value, description }));

const startingWith = (prefix: string, candidates: readonly Candidate[]): Candidate[] =>
  candidates.filter(({ value }) => value.startsWith(prefix));
