/**
 * Works through items with a bounded number at a time. All work has ended when this settles. The first rejection
 * keeps further items from being begun and is what this rejects with.
 */
export async function pooled<Item>(
  items: Iterable<Item>,
  size: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const runner = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done && !failure; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: size }, runner));
  if (failure) throw failure.error;
}
