/** Returns the known name with the fewest edits, if it is close enough to be a typing error. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const needed = edits(name, candidate);
    if (needed >= fewest || needed > Math.max(2, Math.floor(candidate.length / 3))) continue;
    best = candidate;
    fewest = needed;
  }
  return best;
}

const MAX_LENGTH = 100;

/** The number of letters to insert, drop or replace. Names that are much too long are never near. */
function edits(a: string, b: string): number {
  if (a.length > MAX_LENGTH) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
