interface Use {
  count: number;
  ending: Promise<void> | undefined;
}

/** Several calls can be for one task: the last of them ends it, and a later one waits until that has happened. */
export class SharedTasks {
  readonly #uses = new Map<string, Use>();

  /**
   * Does work for a task, and ends the task if no other work for it is in progress.
   *
   * @param end - must not reject.
   */
  async use<T>(key: string, work: () => Promise<T>, end: () => Promise<void>): Promise<T> {
    for (let before = this.#uses.get(key); before?.ending; before = this.#uses.get(key)) await before.ending;
    const use = this.#uses.get(key) ?? { count: 0, ending: undefined };
    this.#uses.set(key, use);
    use.count += 1;
    try {
      return await work();
    } finally {
      use.count -= 1;
      if (use.count === 0) {
        use.ending = end().finally(() => this.#uses.delete(key));
        await use.ending;
      }
    }
  }
}
