import { fromBase64, toBase64 } from '#crypto';
import { CheckpointError } from '../errors/index.js';
import type { CheckpointedEntry } from '../trust/audit/trail-judge.js';
import type { LeafLog } from '../trust/checkpoint/checkpoint-log.js';
import { readCheckpoint } from '../trust/checkpoint/checkpoint-note.js';
import { type Leaf, readLeaf } from '../trust/checkpoint/leaf.js';
import { isIncluded } from '../trust/checkpoint/merkle-tree.js';
import { type NoteKey, signedBefore } from '../trust/checkpoint/signed-note.js';
import { sha256Hex } from '../wire/index.js';
import type { ReceiptCheckpoint } from './receipt.js';

/** The part of a checkpoint that a receipt carries: the leaves about its records, each with its proof. */
export function checkpointFor(
  note: string,
  log: LeafLog,
  runId: string,
  records: readonly { readonly kind: 'chain' | 'delegation'; readonly id: string; readonly text: string }[],
): ReceiptCheckpoint {
  const wanted = new Map(records.map(({ kind, id, text }) => [`${kind} ${id} ${sha256Hex(text)}`, -1]));
  for (const [index, text] of log.leaves.entries()) {
    const leaf = readLeaf(text);
    if (leaf?.kind !== 'chain' && leaf?.kind !== 'delegation') continue;
    const name = `${leaf.kind} ${leaf.id} ${leaf.hash}`;
    if (wanted.get(name) === -1) wanted.set(name, index);
  }
  const trail = log.latest.get(`trail ${runId}`)?.index ?? -1;
  const indexes = [trail, ...wanted.values()].filter((index) => index >= 0);
  const inclusions = indexes.map((index) => ({
    ...{ index, leaf: log.leaves[index] as string },
    proof: log.tree.inclusionProof(index).map(toBase64),
  }));
  return { note, inclusions };
}

/** A checkpoint of a receipt whose proofs hold. */
export interface ProvenLeaves {
  /** What it says. */
  readonly leaves: readonly Leaf[];
  /** The moment before which it was made, according to a key that counts; Infinity without such a key. */
  readonly madeBefore: number;
}

/**
 * Reads a checkpoint of a receipt.
 *
 * @param keysFor - the keys whose word on the time counts, for the name of a log.
 * @param timestamps - when checkpoints existed, in milliseconds since the epoch, by the text that is signed.
 * @throws CheckpointError for one that is malformed, or whose proofs do not hold.
 */
export function readProven(
  { note, inclusions }: ReceiptCheckpoint,
  keysFor: (origin: string) => readonly NoteKey[],
  timestamps: ReadonlyMap<string, number>,
): ProvenLeaves {
  const { size, root, origin, ...signed } = readCheckpoint(note);
  const leaves = inclusions.map(({ index, leaf, proof }) => {
    const hashes = proof.map(fromBase64);
    const read = readLeaf(leaf);
    const holds =
      read !== undefined &&
      hashes.every((hash) => hash?.length === 32) &&
      isIncluded(leaf, index, size, hashes as Uint8Array[], root);
    if (!holds) throw CheckpointError.malformed(`a proof that leaf ${index} is in the log`, leaf);
    return read;
  });
  const times = keysFor(origin).map((key) => signedBefore(signed, key));
  return { leaves, madeBefore: Math.min(timestamps.get(signed.text) ?? Number.POSITIVE_INFINITY, ...times) };
}

/** The content of a checkpoint about the trail of a run. */
export function entryOf({ leaves, madeBefore }: ProvenLeaves, runId: string): CheckpointedEntry {
  const leaf = leaves.find((each) => each.kind === 'trail' && each.id === runId);
  const { sequence, hash } = leaf?.kind === 'trail' ? leaf : { sequence: 0, hash: '' };
  return { sequence, hash, madeBefore };
}
