import { type AuditAnchor, newId } from '../../chain/index.js';
import type { KnownOutcome } from '../../errors/index.js';
import type { StoreWrite } from '../../store/index.js';
import type { ReadSet } from '../read-set.js';
import type { AnchorDraft } from './anchor.js';

/** A writer of anchors: to the trail of a run, or to the shared trail for everything outside runs. */
export interface TrailWriter {
  /** The trail's id. */
  readonly trailId: string;
  /** The reason why nothing more can be appended; undefined if something can. */
  readonly failure?: unknown;
  /**
   * Returns the moment, in milliseconds since the epoch, by which what is recorded next is judged and signed: that of
   * the clock, and never earlier than the last anchor.
   */
  now(): number;
  /**
   * Signs and stores an anchor; resolves once it is stored.
   *
   * @throws StoreError, KeyError; OutcomeNotRecordedError if the anchor closes an intent.
   */
  append(draft: AnchorDraft, options?: AppendOptions): Promise<AuditAnchor>;
}

/** Commits writes together with the delegations that must be stored before them. */
export interface Committer {
  /** @param dependsOn - ids of delegations that must be stored first. Undefined: all that are not stored yet. */
  commit(writes: readonly StoreWrite[], dependsOn?: readonly string[]): Promise<void>;
}

/** The committer of a durable run, which can store a write together with the next one. */
export interface DeferringCommitter extends Committer {
  /** Keeps writes for the next commit, and commits them alone if none comes soon. */
  defer(writes: readonly StoreWrite[]): void;
}

/** The intent that an anchor closes. */
export interface ClosedIntent {
  /** The invocation. */
  readonly invocationId: string;
  /** The agent that acted. */
  readonly agentId: string;
  /**
   * The outcome of the act. Undefined: the anchor is not the record of an act of this process, and failing to store it
   * is no loss.
   */
  readonly outcome?: KnownOutcome;
}

/** How an anchor is appended. */
export interface AppendOptions {
  /** The invocation whose intent this anchor closes, and how it ended. */
  readonly closesIntent?: ClosedIntent;
  /** The records that the operation has read already. Default: none, so that they are read now. */
  readonly reads?: ReadSet;
  /** Whether the anchor is not recorded later if it cannot be stored now, since another one takes its place. */
  readonly nowOrNever?: boolean;
  /** Writes that are committed together with the anchor, or not at all. */
  readonly with?: readonly StoreWrite[] | undefined;
  /**
   * Whether the anchor can be stored together with the next commit of its durable run, since every effect that follows
   * from it is stored with it or after it. Default: false.
   */
  readonly isDeferrable?: boolean | undefined;
  /** The object that commits it, and the delegations that must be stored before it. Default: the store. */
  readonly commit?: { readonly pending: Committer; readonly dependsOn?: readonly string[] };
}

/** The id of a new run, and of its trail. */
export const newRunId = (): string => newId('run');
