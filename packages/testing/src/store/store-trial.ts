import type { TrustStore } from '@kaizen-eatp/core/store';
import type { Thoroughness } from '../conformance/thoroughness.js';
import { within } from '../conformance/within.js';
import type {
  StoreAbilities,
  StorePlace,
  StorePlaceFactory,
  TrustStoreConformanceSetup,
} from './store-place.js';

/** A place in use by one check. */
export interface OpenPlace {
  /** An instance over the place. */
  open(): Promise<TrustStore>;
  /** Two writers: two instances if the store can be shared, else one that both use. */
  openTwo(): Promise<readonly [TrustStore, TrustStore]>;
  /** Is passed to the module that opens a store in another process. */
  readonly argument: unknown;
  /** Ends an instance as a crash would and opens another. */
  crashAndReopen(store: TrustStore): Promise<TrustStore>;
}

/** How long anything that is to happen may take, in milliseconds, before it counts as not happening. */
export const PATIENCE = 5_000;

/** Gives every check an empty place, and cleans up after it. */
export class StoreTrial {
  readonly abilities: Required<StoreAbilities>;

  readonly thoroughness: Thoroughness;
  /** The URL of the module that opens a store in another process; undefined: there is none. */
  readonly module: string | undefined;

  constructor(
    private readonly factory: StorePlaceFactory,
    setup: TrustStoreConformanceSetup,
  ) {
    this.module = setup.module === undefined ? undefined : String(setup.module);
    this.thoroughness = setup.thoroughness ?? 'quick';
    this.abilities = {
      shared: false,
      reopen: false,
      maintenance: false,
      durableRuns: false,
      watchWithin: 100,
      ...setup.abilities,
    };
  }

  /** Calls a check with a new store. */
  withStore(check: (store: TrustStore) => Promise<void>): Promise<undefined> {
    return this.inPlace(async (place) => check(await place.open()));
  }

  /** Calls a check with a new place. An error of the check is the reason why the store does not pass. */
  async inPlace(check: (place: OpenPlace) => Promise<void>): Promise<undefined> {
    const place = await this.factory();
    const opened = new Set<TrustStore>();
    try {
      await check(this.opener(place, opened));
    } finally {
      for (const store of opened) await within(store.close(), PATIENCE);
      await place.dispose?.();
    }
    return undefined;
  }

  /** Lists the faults that the suite does not or cannot notice in this store. */
  notChecked(): readonly string[] {
    const { shared, reopen, maintenance, durableRuns } = this.abilities;
    return [
      'The loss of records when the power fails, or when the disk lies about what it has written.',
      'How fast the store is, and how it behaves with more records than the suite writes.',
      ...(shared
        ? []
        : ['Whether two instances see the writes of each other: the setup does not say that they do.']),
      ...(reopen ? [] : ['Whether records survive the process: the setup does not say that they do.']),
      ...(reopen && this.module === undefined
        ? [
            'Whether records survive the death of a process: the setup names no `module` to open the store in another one.',
          ]
        : []),
      ...(durableRuns ? [] : ['Durable runs: the setup does not say that the store keeps them.']),
      ...(maintenance ? [] : ['Maintenance: the setup does not say that the store has it.']),
      ...(this.thoroughness === 'full'
        ? []
        : ['Faults that show once in a thousand writes: use the full form.']),
    ];
  }

  private opener(place: StorePlace, opened: Set<TrustStore>): OpenPlace {
    const open = async (): Promise<TrustStore> => {
      const store = await place.open();
      opened.add(store);
      return store;
    };
    return {
      open,
      argument: place.argument,
      openTwo: async () => {
        const first = await open();
        return [first, this.abilities.shared ? await open() : first];
      },
      crashAndReopen: async (store) => {
        opened.delete(store);
        await place.crash?.(store);
        return open();
      },
    };
  }
}
