import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** The hash of a leaf of a tree of RFC 6962: SHA-256 of a zero byte and the leaf's UTF-8 bytes. */
export const leafHash = (leaf: string): Uint8Array => sha256(concatBytes(LEAF, utf8ToBytes(leaf)));

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(concatBytes(NODE, left, right));

/** The root of a tree without leaves. */
const EMPTY_ROOT = sha256(new Uint8Array(0));

/** A Merkle tree of RFC 6962 that only grows. Roots and proofs of every earlier size can be had at any time. */
export class MerkleTree {
  /** Hashes of whole subtrees: of one leaf each, of two, of four, and so on. */
  readonly #levels: Uint8Array[][] = [[]];

  /** The number of leaves. */
  get size(): number {
    return this.#levels[0]?.length as number;
  }

  /** Adds leaves, in their order. */
  append(leaves: Iterable<string>): void {
    for (const leaf of leaves) {
      let hash = leafHash(leaf);
      for (let level = 0; ; level++) {
        this.#levels[level] ??= [];
        const hashes = this.#levels[level] as Uint8Array[];
        hashes.push(hash);
        if (hashes.length % 2 === 1) break;
        hash = nodeHash(hashes.at(-2) as Uint8Array, hash);
      }
    }
  }

  /** The root of the first leaves. @param size - from 0 to the number of leaves. */
  root(size: number = this.size): Uint8Array {
    return size === 0 ? EMPTY_ROOT : this.#range(0, size);
  }

  /** The hashes that lead from a leaf to the root of the first leaves, the nearest to the leaf first. */
  inclusionProof(index: number, size: number = this.size): Uint8Array[] {
    const path: Uint8Array[] = [];
    for (let from = 0, to = size; to - from > 1; ) {
      const middle = from + splitOf(to - from);
      if (index < middle) {
        path.push(this.#range(middle, to));
        to = middle;
      } else {
        path.push(this.#range(from, middle));
        from = middle;
      }
    }
    return path.reverse();
  }

  /** The hashes that show that the tree of a smaller size is the beginning of the one of a larger size. */
  consistencyProof(oldSize: number, size: number = this.size): Uint8Array[] {
    if (oldSize === 0 || oldSize === size) return [];
    const path: Uint8Array[] = [];
    let isRoot = true;
    let from = 0;
    for (let to = size; oldSize !== to; ) {
      const middle = from + splitOf(to - from);
      if (oldSize <= middle) {
        path.push(this.#range(middle, to));
        to = middle;
      } else {
        path.push(this.#range(from, middle));
        from = middle;
        isRoot = false;
      }
    }
    if (!isRoot) path.push(this.#range(from, oldSize));
    return path.reverse();
  }

  #range(from: number, to: number): Uint8Array {
    const count = to - from;
    const level = Math.log2(count);
    if (Number.isInteger(level) && from % count === 0)
      return this.#levels[level]?.[from / count] as Uint8Array;
    const middle = from + splitOf(count);
    return nodeHash(this.#range(from, middle), this.#range(middle, to));
  }
}

/** The largest power of two that is smaller than a count of two or more. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Whether a leaf is in a tree of some size and root. */
export function isIncluded(
  leaf: string,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isPlace(index) || !isPlace(size) || index >= size) return false;
  let place = index;
  let last = size - 1;
  let hash = leafHash(leaf);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else hash = nodeHash(hash, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && isSame(hash, root);
}

/** Whether the tree of a smaller size and root is the beginning of the one of a larger size and root. */
export function isConsistent(
  older: { readonly size: number; readonly root: Uint8Array },
  newer: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (!isPlace(older.size) || !isPlace(newer.size) || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && isSame(older.root, newer.root);
  if (older.size === 0) return proof.length === 0;
  const isWhole = Number.isInteger(Math.log2(older.size));
  const [first, ...rest] = isWhole ? [older.root, ...proof] : proof;
  if (!first) return false;
  let place = older.size - 1;
  let last = newer.size - 1;
  while (place % 2 === 1) {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  let oldHash = first;
  let newHash = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      oldHash = nodeHash(hash, oldHash);
      newHash = nodeHash(hash, newHash);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else newHash = nodeHash(newHash, hash);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && isSame(oldHash, older.root) && isSame(newHash, newer.root);
}

const isPlace = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Whether two hashes are the same. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
