import type { Binding, Handle } from './binding.js';

/** A use of a session: a session does one operation at a time. */
export type SessionUse<T> = (session: Handle) => T | Promise<T>;

/** Sessions of a token. Uses wait for a free one, in order. */
export class SessionPool {
  readonly #free: Handle[];
  readonly #all: readonly Handle[];
  readonly #waiting: ((session: Handle) => void)[] = [];

  constructor(
    private readonly module: Binding,
    sessions: readonly Handle[],
  ) {
    this.#all = sessions;
    this.#free = [...sessions];
  }

  /** Runs with a session of its own. */
  async use<T>(run: SessionUse<T>): Promise<T> {
    const session = this.#free.pop() ?? (await new Promise<Handle>((resolve) => this.#waiting.push(resolve)));
    try {
      return await run(session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#free.push(session);
    }
  }

  /** Closes all sessions. */
  close(): void {
    for (const session of this.#all) this.module.C_CloseSession(session);
  }
}
