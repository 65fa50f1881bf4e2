import type { TrustStore } from '@kaizen-eatp/core/store';
import { within } from '../conformance/within.js';
import type { StoreAbilities, StorePlace, TrustStoreConformanceSetup } from './store-place.js';

/** A place in use by one check. */
export interface OpenPlace {
  /** An instance over the place. */
  open(): Promise<TrustStore>;
  /** Two writers: two instances if the store can be shared, else one that both use. */
  openTwo(): Promise<readonly [TrustStore, TrustStore]>;
  /** Ends an instance as a crash would and opens another. */
  crashAndReopen(store: TrustStore): Promise<TrustStore>;
}

/** How long anything that is to happen may take, in milliseconds, before it counts as not happening. */
export const PATIENCE = 5_000;

/** Gives every check an empty place, and cleans up after it. */
export class StoreTrial {
  readonly abilities: Required<StoreAbilities>;

  constructor(private readonly setup: TrustStoreConformanceSetup) {
    this.abilities = {
      shared: false,
      reopen: false,
      maintenance: false,
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
    const place = await this.setup.factory();
    const opened = new Set<TrustStore>();
    try {
      await check(this.opener(place, opened));
    } finally {
      for (const store of opened) await within(store.close(), PATIENCE);
      await place.dispose?.();
    }
    return undefined;
  }

  private opener(place: StorePlace, opened: Set<TrustStore>): OpenPlace {
    const open = async (): Promise<TrustStore> => {
      const store = await place.open();
      opened.add(store);
      return store;
    };
    return {
      open,
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
