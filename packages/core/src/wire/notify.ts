/**
 * Calls a user's listener. An error that it throws, or a promise that rejects, has no effect.
 *
 * @param onFailure - receives the error of the listener. Default: the error is dropped.
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
