/** Names that a slip of the hand makes of a name: a letter dropped, doubled or swapped, singular and plural, another case. */
export function misspellings(name: string, known: readonly string[]): string[] {
  const slips = [...name].flatMap((letter, i) => {
    const [before, after] = [name.slice(0, i), name.slice(i + 1)];
    const swapped = after ? before + after[0] + letter + after.slice(1) : name;
    return [before + after, before + letter + letter + after, swapped];
  });
  const forms = [
    `${name}s`,
    name.replace(/ies$/, 'y'),
    name.replace(/s$/, ''),
    name.toLowerCase(),
    name.toUpperCase(),
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ];
  return [...new Set([...slips, ...forms])].filter((slip) => slip !== '' && !known.includes(slip));
}

/** Names that every object inherits, and names that the language gives a meaning. */
export const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'then',
  'toJSON',
  'toString',
  'valueOf',
];

/** An object with one more own property, even one of the name `__proto__`. */
export function having(object: object, name: string, value: unknown): object {
  return Object.defineProperty({ ...object }, name, { value, enumerable: true, configurable: true });
}
