import * as z from 'zod';
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
   * A moment at which all checkpoints in the receipt existed, which the caller knows otherwise, for instance by a timestamp
   * of RFC 3161. It counts for whatever the receipt carries, so compare `checkpoints` in the receipt with what was stamped
   * first. Default: none.
   */
  readonly existedAt?: Date;
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
  existedAt: z.date().optional(),
});

/** Whom a caller trusts. */
export interface Trusted {
  /** The authorities, if the caller named some. */
  readonly pins: Pins;
  /** The keys of witnesses. */
  readonly witnesses: readonly NoteKey[];
  /** A moment at which the checkpoints existed, in milliseconds since the epoch; Infinity if the caller knows none. */
  readonly existedAt: number;
}

/** The trusted authorities by id; undefined if the caller named none. */
export type Pins = ReadonlyMap<string, TrustedAuthority> | undefined;

/** @throws InvalidArgumentError, CheckpointError `CHECKPOINT_MALFORMED` for the key of a witness. */
export function parseVerifyOptions(given: VerifyReceiptOptions): Trusted {
  const {
    authorities,
    witnesses = [],
    existedAt,
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
    existedAt: existedAt?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

/** Whether an authority can speak for an agent. */
export const isInNamespaces = ({ namespaces }: TrustedAuthority, agentId: string): boolean =>
  namespaces === undefined ||
  namespaces.some((namespace) =>
    namespace.endsWith('*') ? agentId.startsWith(namespace.slice(0, -1)) : agentId === namespace,
  );
