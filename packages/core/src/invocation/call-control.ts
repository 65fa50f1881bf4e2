import type { EatpError } from '../errors/index.js';

/**
 * Stops one call. The AbortSignal is made when it is first read, since most agents never read it.
 */
export class CallControl {
  #controller: AbortController | undefined;
  #reason: EatpError | undefined;
  #onAbort: ((reason: EatpError) => void) | undefined;
  #below: Set<CallControl> | undefined;

  /** The reason why the call was stopped; undefined while it goes on. */
  get reason(): EatpError | undefined {
    return this.#reason;
  }

  /** The signal that aborts when the call is stopped. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Only the first reason counts. */
  abort(reason: EatpError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#onAbort?.(reason);
    if (this.#below) for (const control of this.#below) control.abort(reason);
  }

  /** Stops another call as well when this one is stopped. @returns the function that ends this. */
  watchOver(control: CallControl): () => void {
    this.#below ??= new Set();
    this.#below.add(control);
    if (this.#reason) control.abort(this.#reason);
    return () => void this.#below?.delete(control);
  }

  /** Stops the calls that were started under this call and are still in progress: no caller waits for them any more. */
  abandon(reason: () => EatpError): void {
    if (this.#below) for (const control of this.#below) control.abort(reason());
  }

  /**
   * Settles with the work, or rejects as soon as the call is stopped. It does not wait for code that ignores the
   * signal.
   */
  race<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#reason) return reject(this.#reason);
      this.#onAbort = reject;
      try {
        const result = work();
        if (isThenable(result)) result.then(resolve, reject);
        else resolve(result);
      } catch (error) {
        reject(error);
      }
    });
  }
}

const isThenable = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
