import { describe, expect, it } from 'vitest';
import { isConsistent, isIncluded, leafHash, MerkleTree } from '../../src/trust/checkpoint/merkle-tree.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (codes: string): string => Buffer.from(codes, 'hex').toString('latin1');

/** The leaves of the test data of RFC 6962 implementations, those that are ASCII, and the roots over the first of them. */
const LEAVES = ['', text('00'), text('10'), text('2021'), text('3031'), text('40414243')];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
];

const treeOf = (size: number): MerkleTree => {
  const tree = new MerkleTree();
  tree.append(Array.from({ length: size }, (_, i) => `leaf ${i}`));
  return tree;
};

const SIZES = Array.from({ length: 34 }, (_, i) => i);

describe('a Merkle tree', () => {
  it('has the roots that RFC 6962 defines', () => {
    const tree = new MerkleTree();
    expect(hex(tree.root())).toBe(ROOTS[0]);
    for (const [i, leaf] of LEAVES.entries()) {
      tree.append([leaf]);
      expect(hex(tree.root())).toBe(ROOTS[i + 1]);
    }
    for (const [size, root] of ROOTS.entries()) expect(hex(tree.root(size))).toBe(root);
    expect(hex(leafHash(''))).toBe(ROOTS[1]);
  });

  it('proves that each leaf is in each tree that has it, and nothing else', () => {
    const tree = treeOf(33);
    for (const size of SIZES) {
      const root = tree.root(size);
      for (let index = 0; index < size; index++) {
        const proof = tree.inclusionProof(index, size);
        expect(isIncluded(`leaf ${index}`, index, size, proof, root)).toBe(true);
        expect(isIncluded(`leaf ${index + 1}`, index, size, proof, root)).toBe(false);
        expect(isIncluded(`leaf ${index}`, index + 1, size, proof, root)).toBe(false);
        expect(isIncluded(`leaf ${index}`, index, size, [...proof, root], root)).toBe(false);
        expect(isIncluded(`leaf ${index}`, index, size, proof.slice(1), root)).toBe(proof.length === 0);
      }
    }
  });

  it('proves of each two sizes that the smaller tree is the beginning of the larger, and of no other tree', () => {
    const tree = treeOf(33);
    const other = treeOf(33);
    other.append(['one more']);
    for (const from of SIZES) {
      for (const to of SIZES.filter((size) => size >= from)) {
        const proof = tree.consistencyProof(from, to);
        const older = { size: from, root: tree.root(from) };
        const newer = { size: to, root: tree.root(to) };
        expect(isConsistent(older, newer, proof), `${from} in ${to}`).toBe(true);
        expect(isConsistent(newer, older, proof)).toBe(from === to);
        if (from === 0 || from === to) continue;
        expect(isConsistent({ ...older, root: leafHash('forged') }, newer, proof)).toBe(false);
        expect(isConsistent(older, { ...newer, root: leafHash('forged') }, proof)).toBe(false);
        expect(isConsistent(older, newer, proof.slice(1))).toBe(false);
        expect(isConsistent(older, newer, [...proof, leafHash('more')])).toBe(false);
      }
    }
    expect(isConsistent({ size: 34, root: other.root() }, { size: 34, root: tree.root() }, [])).toBe(false);
  });
});
