import { sortByCodePoint } from '../../wire/index.js';
import type { Disclosure } from '../contract/stored-records.js';
import { Index } from './index-of-ids.js';

/** Disclosures by digest. */
export class Disclosures {
  readonly #disclosures = new Map<string, Disclosure>();
  readonly #byPerson = new Index();

  /** Returns the disclosure behind a digest. */
  read(digest: string): Disclosure | undefined {
    return this.#disclosures.get(digest);
  }

  /** All disclosures, in the order of their digests. */
  all(): Disclosure[] {
    return sortByCodePoint([...this.#disclosures.keys()]).map((digest) => this.read(digest) as Disclosure);
  }

  /** Keeps a disclosure, unless its digest is kept already. */
  put(disclosure: Disclosure): void {
    if (this.#disclosures.has(disclosure.digest)) return;
    this.#disclosures.set(disclosure.digest, disclosure);
    this.#byPerson.add(disclosure.person, disclosure.digest);
  }

  /** Returns the number of disclosures of a person. */
  count(person: string): number {
    return this.#byPerson.get(person).size;
  }

  /** Removes all disclosures of a person. */
  erase(person: string): void {
    for (const digest of this.#byPerson.get(person)) this.#disclosures.delete(digest);
    this.#byPerson.drop(person);
  }
}
