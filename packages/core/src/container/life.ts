import type { Part, Recipe } from './parts.js';

/**
 * Starts and closes parts, in the order in which they were made. The dependencies of a part start before it and close
 * after it.
 */
export class Life {
  readonly #parts: Part[] = [];
  #started = 0;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Adds a part that was just made. */
  add(part: Part): void {
    if (part.recipe.isOwned) this.#parts.push(part);
  }

  /**
   * Starts the parts that have not started yet. If a part fails to start, everything is closed and its error is thrown.
   */
  async start(): Promise<void> {
    this.#starting ??= this.#startAll().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  /**
   * Closes everything once, the last part first, whether it had started or not. Every part is closed, even when
   * another one fails to.
   *
   * @throws the error of the part that failed, or an AggregateError if several failed.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    await this.#closing;
  }

  async #startAll(): Promise<void> {
    try {
      for (; this.#started < this.#parts.length; this.#started++) {
        const part = this.#parts[this.#started] as Part;
        await call(part, 'start');
      }
    } catch (error) {
      // Only the first error counts: an error of closing is a consequence of it.
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const part of this.#parts.toReversed()) {
      try {
        await call(part, 'close');
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} parts could not be closed.`);
    if (errors.length === 1) throw errors[0];
  }
}

function call({ recipe, value }: Part, hook: 'start' | 'close'): unknown {
  const given: Recipe['start'] = recipe[hook];
  if (given !== undefined) return given(value);
  const method = typeof value === 'object' && value !== null ? Reflect.get(value, hook) : undefined;
  return typeof method === 'function' ? method.call(value) : undefined;
}
