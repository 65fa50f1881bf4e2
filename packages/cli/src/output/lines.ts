import { clean } from './clean.js';

/** Returns `label: value` lines whose values stand in one column. Absent values are left out. */
export function fields(
  pairs: readonly (readonly [label: string, value: string | number | boolean | null | undefined])[],
): string[] {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return shown.map(([label, value]) => `  ${`${label}:`.padEnd(width + 1)} ${value}`);
}

/** Returns the rows as aligned columns under their headings. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => row.map(clean))];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? '')].length)));
  return all.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat((widths[i] as number) - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
}

/** Returns a number and its noun, for instance `1 agent` or `2 agents`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;
