/** Items in an order that no two share; finds, adds and removes by halving. */
export class SortedList<T> {
  readonly #items: T[] = [];

  constructor(private readonly compare: (a: T, b: T) => number) {}

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    const at = this.indexAfter(item);
    // Registering in order only ever adds at the end.
    if (at === this.#items.length) this.#items.push(item);
    else this.#items.splice(at, 0, item);
  }

  delete(item: T): void {
    const at = this.indexAfter(item) - 1;
    if (this.#items[at] === item) this.#items.splice(at, 1);
  }

  /** The first item for which `isPast` holds; it must hold for all items after one for which it holds. */
  firstWhere(isPast: (item: T) => boolean): T | undefined {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isPast(this.#items[middle] as T)) high = middle;
      else low = middle + 1;
    }
    return this.#items[low];
  }

  private indexAfter(item: T): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.#items[middle] as T, item) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
