/** Calls a user's listener. An error in it, thrown or rejected, must not disturb the bridge or end the process. */
export function callListener<Args extends readonly unknown[]>(
  listener: (...args: Args) => unknown,
  ...args: Args
): void {
  // It can return anything: the promise of another library, or an object whose `then` throws.
  new Promise((resolve) => resolve(listener(...args))).catch(() => undefined);
}
