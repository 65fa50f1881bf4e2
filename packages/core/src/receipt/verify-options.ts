import * as z from 'zod';
import { readCheckpoint } from '../trust/checkpoint/checkpoint-note.js';
import { givenNoteKey, type NoteKey, noteKeyField } from '../trust/checkpoint/signed-note.js';
import { parseOptions } from '../wire/index.js';

/** Options of `verifyReceipt()`. */
export interface VerifyReceiptOptions {
  /**
   * The authorities that the caller trusts, by id: the public key (base64 of 32 bytes), or the key with the agents that the
   * authority can speak for. Default: none, so that a receipt is `consistent` at best.
   */
  readonly authorities?: Readonly<Record<string, string | TrustedAuthority>>;
  /**
   * Keys of witnesses whose word on the time of a checkpoint counts: as objects, or in the form `<name>+<hash>+<key>`. Records
   * under a revoked key need a checkpoint from before. Default: none, so that only authorities with keys that were not
   * revoked vouch for the time of checkpoints.
   */
  readonly witnesses?: readonly (NoteKey | string)[];
  /**
   * Checkpoints of which the caller knows a time at which they existed, for instance by a timestamp of RFC 3161. A time
   * counts for the checkpoint of the same text only, whatever else the receipt carries. Default: none.
   */
  readonly timestamps?: readonly CheckpointTimestamp[];
}

/** A time at which a checkpoint existed. */
export interface CheckpointTimestamp {
  /** The signed note. Signatures that were added to it since make no difference. */
  readonly note: string;
  /** The time. */
  readonly at: Date;
}

/** An authority that an auditor trusts. */
export interface TrustedAuthority {
  /** The public key: base64 of 32 bytes. */
  readonly publicKey: string;
  /** The ids of the agents that it can speak for, or beginnings of ids that end in `*`. Default: all agents. */
  readonly namespaces?: readonly string[];
}

/** The schema of {@link VerifyReceiptOptions}. */
export const verifyReceiptOptions = z.strictObject({
  authorities: z
    .record(
      z.string(),
      z.union([
        z.string(),
        z.strictObject({ publicKey: z.string(), namespaces: z.array(z.string()).optional() }),
      ]),
    )
    .optional(),
  witnesses: z.array(noteKeyField).optional(),
  timestamps: z.array(z.strictObject({ note: z.string(), at: z.date() })).optional(),
});

/** Whom a caller trusts. */
export interface Trusted {
  /** The authorities, if the caller named some. */
  readonly pins: Pins;
  /** The keys of witnesses. */
  readonly witnesses: readonly NoteKey[];
  /** When checkpoints existed, in milliseconds since the epoch, by the text that is signed. */
  readonly timestamps: ReadonlyMap<string, number>;
}

/** The trusted authorities by id; undefined if the caller named none. */
export type Pins = ReadonlyMap<string, TrustedAuthority> | undefined;

/** @throws InvalidArgumentError, CheckpointError `CHECKPOINT_MALFORMED` for the key of a witness or the note of a timestamp. */
export function parseVerifyOptions(given: VerifyReceiptOptions): Trusted {
  const {
    authorities,
    witnesses = [],
    timestamps = [],
  } = parseOptions(verifyReceiptOptions, given, 'verifyReceipt()');
  const pins =
    authorities &&
    new Map(
      Object.entries(authorities).map(([id, pin]) => [
        id,
        (typeof pin === 'string' ? { publicKey: pin } : pin) as TrustedAuthority,
      ]),
    );
  return {
    pins,
    witnesses: witnesses.map(givenNoteKey),
    timestamps: earliest(timestamps),
  };
}

function earliest(given: readonly CheckpointTimestamp[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const { note, at } of given) {
    const { text } = readCheckpoint(note);
    times.set(text, Math.min(at.getTime(), times.get(text) ?? Number.POSITIVE_INFINITY));
  }
  return times;
}

/** Whether an authority can speak for an agent. */
export const isInNamespaces = ({ namespaces }: TrustedAuthority, agentId: string): boolean =>
  namespaces === undefined ||
  namespaces.some((namespace) =>
    namespace.endsWith('*') ? agentId.startsWith(namespace.slice(0, -1)) : agentId === namespace,
  );
