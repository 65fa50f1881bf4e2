/** The steps of a run that are being performed, and those among them that only wait for people. */
export class LiveSteps {
  #live = 0;
  /** By the number of the step: how much of it waits. */
  readonly #waiting = new Map<string, number>();
  readonly #conditions = new Set<() => boolean>();
  #onQuiet: (() => void) | undefined;

  /** How many steps work, and do not only wait for people. */
  get working(): number {
    return this.#live - this.#waiting.size;
  }

  /** Whether the steps can be left: none works, and each that waits can be performed again. */
  get canBeLeft(): boolean {
    return this.working <= 0 && [...this.#conditions].every((isMet) => isMet());
  }

  /** A step begins. */
  begin(): void {
    this.#live += 1;
  }

  /** A step has ended. */
  end(): void {
    this.#live -= 1;
    this.noteQuiet();
  }

  /**
   * Waits for people on behalf of a step.
   *
   * @param isRepeatable - whether the step can be performed again from its start, at this moment.
   */
  async waiting<T>(key: string, isRepeatable: () => boolean, wait: () => Promise<T>): Promise<T> {
    this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1);
    this.#conditions.add(isRepeatable);
    this.noteQuiet();
    try {
      return await wait();
    } finally {
      this.#conditions.delete(isRepeatable);
      const left = (this.#waiting.get(key) ?? 1) - 1;
      if (left > 0) this.#waiting.set(key, left);
      else this.#waiting.delete(key);
    }
  }

  /** Whether no further step is to begin. */
  get isDraining(): boolean {
    return this.#onQuiet !== undefined;
  }

  /** Lets no further step begin, and resolves once the steps can be left. */
  async drain(): Promise<void> {
    const quiet = new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
    if (!this.canBeLeft) await quiet;
  }

  /** Ends a drain that waits, if the steps can be left, or if the run was stopped. */
  noteQuiet(isStopped = false): void {
    if (isStopped || this.canBeLeft) this.#onQuiet?.();
  }
}
