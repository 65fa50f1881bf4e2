interface Waiting<Row> {
  readonly keys: readonly string[];
  resolve(rows: ReadonlyMap<string, Row>): void;
  reject(error: unknown): void;
}

/** Questions that may be under way at once; what comes meanwhile is asked together. */
const AT_ONCE = 2;

/**
 * Asks for rows by key. Calls that come while others are under way are asked in one question, so that many runs do not
 * cost many round trips. Nothing is kept: each answer is from after its call.
 */
export class CoalescedReader<Row> {
  #waiting: Waiting<Row>[] = [];
  #underWay = 0;

  constructor(private readonly ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>) {}

  read(keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ keys, resolve, reject });
      if (this.#underWay < AT_ONCE) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#underWay += 1;
    // Those that are called in the same turn go together from the start.
    await undefined;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const rows = await this.ask([...new Set(group.flatMap(({ keys }) => keys))]);
        for (const { resolve } of group) resolve(rows);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#underWay -= 1;
  }
}
