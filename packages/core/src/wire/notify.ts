/** Calls a user's listener. An error that it throws, or a promise that rejects, has no effect. */
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
