/**
 * Works through items, at most `size` at a time. All work has ended when the promise settles. After a rejection no
 * further item is started, and the promise rejects with the first one.
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
