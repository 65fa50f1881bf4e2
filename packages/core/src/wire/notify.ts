/** Calls a listener of the user's. Whether it throws, or returns a promise that rejects, changes nothing. */
export function notify<Event>(listener: (event: Event) => unknown, event: Event): void {
  try {
    const result = listener(event);
    if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function')
      Promise.resolve(result).catch(ignore);
  } catch {
    // A listener watches the work, and must not change it.
  }
}

const ignore = (): void => undefined;
