import type { TrustStore } from '@kaizen-eatp/core/store';
import type { Thoroughness } from '../conformance/thoroughness.js';

/** A place of its own that stores can be opened over: a database file, a schema, a folder, one object in memory. */
export interface StorePlace {
  /** A new instance over the place; for a store that lives in one object, that object. */
  open(): TrustStore | Promise<TrustStore>;
  /** Is passed as JSON to the module of the setup, which opens a store over this place in another process. */
  readonly argument?: unknown;
  /** Ends an instance as a crash would: without `close()`. Default: it is left alone and not used again. */
  crash?(store: TrustStore): void | Promise<void>;
  /** Removes the place. Instances that are still open have been closed. Default: nothing. */
  dispose?(): void | Promise<void>;
}

/** Makes an empty place. */
export type StorePlaceFactory = () => StorePlace | Promise<StorePlace>;

/** Abilities of a store in addition to the contract that all keep. */
export interface StoreAbilities {
  /** Two instances may be open over one place, and each sees what the other writes. Default: false. */
  readonly shared?: boolean;
  /** Acknowledged writes are there when a new instance is opened after a crash. Default: false. */
  readonly reopen?: boolean;
  /** It keeps durable runs: `readRun`, `findRuns`, and the writes that lead with a fence. Default: false. */
  readonly durableRuns?: boolean;
  /** It implements `StoreMaintenance` of core: doctor, archive, export and import. Default: false. */
  readonly maintenance?: boolean;
  /** How soon a change by another instance reaches a watcher, in milliseconds. Default: 100, the bound of the project. */
  readonly watchWithin?: number;
}

/** The setup of the suite for one store. */
export interface TrustStoreConformanceSetup {
  /** The store's name, for reports. Default: `store`. */
  readonly name?: string;
  /** The abilities of the store besides the contract. Default: none. */
  readonly abilities?: StoreAbilities;
  /**
   * The URL of a module whose default export opens a store in another process: it receives the `argument` of the place and
   * returns the store. The suite kills that process. Default: none, so that a store which claims `reopen` is only opened
   * again in the same process.
   */
  readonly module?: string | URL;
  /** Whether to use the quick form or the full one, which writes thousands of records. Default: `quick`. */
  readonly thoroughness?: Thoroughness;
}
