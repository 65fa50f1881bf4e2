/**
 * Calls a listener of the user's. Whether it throws, or returns a promise that rejects, changes nothing.
 *
 * @param onFailure - receives the error of the listener. Default: nobody does.
 */
export function notify<Event>(
  listener: (event: Event) => unknown,
  event: Event,
  onFailure: (error: unknown) => void = () => undefined,
): void {
  try {
    const result = listener(event);
    if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function')
      Promise.resolve(result).catch(onFailure);
  } catch (error) {
    // A listener watches the work, and must not change it.
    onFailure(error);
  }
}
