import {
  type CheckpointFinding,
  type GivenCheckpoint,
  linkHash,
  TRAIL_START,
  type TrustStore,
} from '../../store/index.js';
import { CheckpointLog, type LeafLog } from './checkpoint-log.js';
import { readCheckpoint } from './checkpoint-note.js';
import { givenRecord, wholeLogOf } from './checkpoint-record.js';
import { isSame } from './merkle-tree.js';
import { type NoteKey, validSignatures } from './signed-note.js';
import { type CheckpointChange, Survey } from './survey.js';

/** Who signed a checkpoint. */
export interface CheckpointSignature {
  /** The name of the key in the note. */
  readonly name: string;
  /** The public key: base64 of 32 bytes. */
  readonly publicKey: string;
  /** When the signer says that it signed; undefined if it does not say so. */
  readonly at: Date | undefined;
}

/** The result of comparing a store with a checkpoint. */
export interface CheckpointVerification {
  /** Whether no difference was found that no signed record explains. */
  readonly consistent: boolean;
  /** The differences that no signed record explains. */
  readonly findings: readonly CheckpointFinding[];
  /** What is new, was changed or ended since, for a reason that the store shows. */
  readonly changes: readonly CheckpointChange[];
  /** The name of the log. */
  readonly origin: string;
  /** The number of leaves that the checkpoint covers. */
  readonly size: number;
  /** The valid signatures, of keys that are known here. */
  readonly signedBy: readonly CheckpointSignature[];
}

/**
 * Compares a store with a checkpoint, record by record. Every trail that the checkpoint names is read up to where it ended
 * then.
 *
 * @param keys - the keys whose signatures are looked for; undefined if the caller vouches for the checkpoint.
 */
export async function compareWithCheckpoint(
  store: TrustStore,
  given: GivenCheckpoint,
  keys: readonly NoteKey[] | undefined,
): Promise<CheckpointVerification> {
  const record = givenRecord(given);
  const { origin, size, root, ...note } = readCheckpoint(record.note);
  const findings: CheckpointFinding[] = [];
  const signedBy = (keys ?? []).flatMap((key) =>
    validSignatures(note, key).map(({ at }) => ({
      ...{ name: key.name, publicKey: key.publicKey, at: at === undefined ? undefined : new Date(at) },
    })),
  );
  if (keys && signedBy.length === 0)
    findings.push({ code: 'NOTE_UNSIGNED', subject: origin, reason: 'no known key signed the checkpoint' });
  const stored = await storedLog(store, { size, root }, origin, findings);
  const log = stored ?? wholeLogOf(record);
  let changes: readonly CheckpointChange[] = [];
  if (log) {
    const survey = new Survey(
      log.latest,
      log.chainDigests(),
      store,
      (id) => log.about('authority', id)?.key ?? null,
    );
    for await (const row of store.inventory()) await survey.take(row);
    await survey.end();
    findings.push(...survey.findings, ...(await rereadTrails(store, log, survey)));
    changes = survey.changes;
  }
  return { consistent: findings.length === 0, findings, changes, origin, size, signedBy };
}

/** The log in the store, if it has the leaves of the checkpoint. */
async function storedLog(
  store: TrustStore,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  origin: string,
  findings: CheckpointFinding[],
): Promise<LeafLog | undefined> {
  const log = new CheckpointLog();
  try {
    await log.readOn(store);
  } catch (error) {
    findings.push({ code: 'LOG_CHANGED', subject: origin, reason: (error as Error).message });
  }
  if (findings.some(({ code }) => code === 'LOG_CHANGED')) return undefined;
  if (log.leaves.length < size) {
    const reason = `the log in the store has ${log.leaves.length} leaves, and the checkpoint covers ${size}`;
    findings.push({ code: 'LOG_CUT', subject: origin, reason });
    return undefined;
  }
  if (isSame(log.tree.root(size), root)) return log.before(size);
  const reason = `the first ${size} leaves of the log in the store are not those of the checkpoint`;
  findings.push({ code: 'LOG_CHANGED', subject: origin, reason });
  return undefined;
}

const PAGE = 1_000;

/** A text that was changed shows in the links only, which the survey does not read. */
async function rereadTrails(store: TrustStore, log: LeafLog, survey: Survey): Promise<CheckpointFinding[]> {
  const findings: CheckpointFinding[] = [];
  const known = new Set(survey.findings.map(({ subject }) => subject));
  for (const { leaf } of log.latest.values()) {
    if (leaf.kind !== 'trail' || known.has(leaf.id)) continue;
    const reason = await rereadTrail(store, leaf);
    if (reason !== undefined) findings.push({ code: 'TRAIL_CHANGED', subject: leaf.id, reason });
  }
  return findings;
}

async function rereadTrail(
  store: TrustStore,
  { id, sequence, hash }: { readonly id: string; readonly sequence: number; readonly hash: string },
): Promise<string | undefined> {
  let head = TRAIL_START;
  for (let at = 0; at < sequence; ) {
    const limit = Math.min(PAGE, sequence - at);
    const page = await store.readTrail(id, { afterSequence: at, limit });
    for (const entry of page) {
      at += 1;
      head = linkHash(head, entry.text);
      if (entry.sequence !== at || entry.hash !== head) return `entry ${at} is not as it was recorded`;
    }
    if (page.length < limit) return `entry ${at + 1} is missing`;
  }
  return head === hash ? undefined : `entry ${sequence} is another one`;
}
