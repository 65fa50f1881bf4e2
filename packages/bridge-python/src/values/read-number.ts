/** Up to 2^53 a number is exact. */
const MAX_EXACT = 2n ** 53n;

/** A number where that is exact, else a bigint. */
export const narrow = (value: bigint): number | bigint =>
  value >= -MAX_EXACT && value <= MAX_EXACT ? Number(value) : value;

/** The places of the whole numbers before the last item: all of them were floats. */
export function wholeNumbers(items: readonly unknown[]): Set<number> {
  const found = new Set<number>();
  for (let i = 0; i < items.length - 1; i++) if (Number.isSafeInteger(items[i])) found.add(i);
  return found;
}
