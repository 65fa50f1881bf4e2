import { describe, expectOptions, InvalidArgumentError } from '../../errors/index.js';
import type { ImportReport } from '../dump/dump-kinds.js';
import type { CheckpointFindingCode } from './checkpoint-findings.js';
import type { GivenCheckpoint } from './checkpoint-record.js';

/** Options of {@link StoreMaintenance.doctor}. */
export interface DoctorOptions {
  /** Whether every signature is checked too, which takes about 0.2 ms for each record. Default: true. */
  readonly signatures?: boolean;
  /**
   * A checkpoint that was kept elsewhere. The store is compared with it, and what was cut off, removed, changed or put back
   * since is found too. Default: none.
   */
  readonly checkpoint?: GivenCheckpoint;
}

/** The kind of fault that a {@link StoreFinding} reports. */
export type StoreFindingCode =
  | 'STORE_DAMAGED'
  | 'STORE_NOT_DURABLE'
  | 'AUTHORITY_UNREADABLE'
  | 'AUTHORITY_MISPLACED'
  | 'STATEMENT_INVALID'
  | 'CHAIN_UNREADABLE'
  | 'CHAIN_MISPLACED'
  | 'CHAIN_SIGNATURE'
  | 'DELEGATION_UNREADABLE'
  | 'DELEGATION_MISPLACED'
  | 'DELEGATION_SIGNATURE'
  | 'TRAIL_FORK'
  | 'TRAIL_GAP'
  | 'TRAIL_LINK_BROKEN'
  | 'TRAIL_SIGNATURE'
  | 'TRAIL_MISPLACED'
  | 'INTENT_ORPHANED'
  | CheckpointFindingCode;

/** A state in a store that this library would not have produced. */
export interface StoreFinding {
  /** The kind of fault. */
  readonly code: StoreFindingCode;
  /** The authority, agent, delegation, trail, invocation, file or setting concerned. */
  readonly subject: string;
  /** A description of the fault. */
  readonly reason: string;
  /** The next step for the reader. */
  readonly remedy: string;
}

/** How many records of each kind were looked at. */
export interface ExaminedRecords {
  /** The number of authorities. */
  readonly authorities: number;
  /** The number of chains, including those of revoked agents. */
  readonly chains: number;
  /** The number of delegations, including archived ones. */
  readonly delegations: number;
  /** The number of trails. */
  readonly trails: number;
  /** The number of anchors. */
  readonly anchors: number;
  /** The number of intents without an outcome. */
  readonly intents: number;
}

/** The result of {@link StoreMaintenance.doctor}. */
export interface DoctorReport {
  /** Whether nothing was found. */
  readonly healthy: boolean;
  /** The faults that were found. */
  readonly findings: readonly StoreFinding[];
  /** The numbers of records that were examined. */
  readonly examined: ExaminedRecords;
}

/** Options of {@link StoreMaintenance.archive}. */
export interface ArchiveOptions {
  /** Milliseconds since a delegation ended, by the clock of the store. Default: 30 days. */
  readonly minimumAge?: number;
}

/** The result of {@link StoreMaintenance.archive}. */
export interface ArchiveReport {
  /** How many delegations were moved. */
  readonly archived: number;
}

/** The result of {@link StoreMaintenance.compact}. */
export interface CompactReport {
  /** The size of what was written anew, in bytes, before it was. */
  readonly bytesBefore: number;
  /** Its size afterwards. */
  readonly bytesAfter: number;
}

/** The operations of a store for its operators. Both database stores implement them. */
export interface StoreMaintenance {
  /**
   * Reads everything and trusts none of it. Finds states that this library cannot produce: forks, gaps, bad links and
   * signatures, records that cannot be read or are stored in another's place; and intents whose processes have ended.
   * Writes nothing.
   *
   * @throws StoreError `STORE_FAILED`, InvalidArgumentError for an option.
   */
  doctor(options?: DoctorOptions): Promise<DoctorReport>;

  /**
   * Moves ended delegations out of the ledger, into a separate table, unless a delegation in the ledger was made under
   * them or their run has others in force. Trails are not touched. The id of an archived delegation is never accepted
   * again.
   *
   * @throws StoreError `STORE_FAILED`, InvalidArgumentError for an option.
   */
  archive(options?: ArchiveOptions): Promise<ArchiveReport>;

  /**
   * Removes from the store's files what was deleted or replaced before, such as the data of an erased person: databases
   * keep such bytes until their space is used again. Nothing that is stored changes. Can be called at any time, and
   * keeps writers waiting while it works.
   *
   * @throws StoreError `STORE_FAILED`, for instance if others keep the store busy for too long; call it again then.
   */
  compact(): Promise<CompactReport>;

  /**
   * Exports the whole store at one moment, as lines of JSON that any other store can import, each with its line feed.
   * The last line holds the digest of all others.
   */
  exportJsonLines(): AsyncGenerator<string, void, undefined>;

  /**
   * Imports an export of any store, completely or not at all. The store must be empty. Every line's form, every trail's
   * links and the digest are checked. Signatures are checked when a record is read, and by {@link doctor}.
   *
   * @throws MalformedRecordError if the lines are not an export, or were changed; StoreError `STORE_CONFLICT` if the
   * store is not empty, `STORE_FAILED`.
   */
  importJsonLines(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport>;
}

/** @throws InvalidArgumentError for an invalid option. */
export function doctorSettings(
  options: DoctorOptions = {},
): Required<Omit<DoctorOptions, 'checkpoint'>> & Pick<DoctorOptions, 'checkpoint'> {
  expectOptions(options, 'doctor()', ['signatures', 'checkpoint']);
  const { signatures = true, checkpoint } = options;
  if (typeof signatures !== 'boolean') throw notOfForm('signatures', 'true or false', signatures, 'true');
  return { signatures, ...(checkpoint !== undefined && { checkpoint }) };
}

/** @throws InvalidArgumentError for an invalid option. */
export function archiveSettings(options: ArchiveOptions = {}): Required<ArchiveOptions> {
  expectOptions(options, 'archive()', ['minimumAge']);
  const { minimumAge = 30 * 86_400_000 } = options;
  return { minimumAge: expectMilliseconds('minimumAge', minimumAge, '30 days') };
}

function expectMilliseconds(name: string, value: unknown, otherwise: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw notOfForm(name, 'a whole number of milliseconds, from 0', value, otherwise);
}

const notOfForm = (
  name: string,
  expected: string,
  received: unknown,
  otherwise: string,
): InvalidArgumentError =>
  new InvalidArgumentError(`\`${name}\` must be ${expected}`, {
    expected,
    received: describe(received),
    remedy: `Omit it to use the default (${otherwise}).`,
  });
