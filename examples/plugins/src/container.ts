import type { Root } from '@kaizen-eatp/core';
import { createContainerAsync, type PluginContainer } from '@kaizen-eatp/core/container';
import { ApprovedSuppliers } from './approved-suppliers.ts';
import { CheapestOffer } from './cheapest-offer.ts';
import { EXCHANGE_RATES, ExchangeRates } from './exchange-rates.ts';
import { SnapshotStore } from './snapshot-store.ts';
import { SUPPLIERS, Suppliers } from './suppliers.ts';

/** The part of the application's configuration that is about trust. It selects plugins by their names. */
export interface Configuration {
  readonly store: string | { readonly plugin: string; readonly options?: unknown };
  readonly constraintEvaluators: readonly string[];
  readonly patterns: readonly string[];
  /** The authorities that are believed although their keys are elsewhere. */
  readonly roots?: readonly Root[];
  readonly ratesFile: string;
  readonly suppliers: readonly string[];
}

/** Wires the plugins and the services of the application, and starts them. Close it, or use `await using`. */
export async function openContainer(configuration: Configuration): Promise<PluginContainer> {
  const { ratesFile, suppliers, ...selected } = configuration;
  return createContainerAsync({
    ...selected,
    plugins: [SnapshotStore, ApprovedSuppliers, CheapestOffer],
    providers: [
      { token: SUPPLIERS, useValue: new Suppliers(suppliers) },
      { token: EXCHANGE_RATES, useFactory: () => ExchangeRates.open(ratesFile), forPatterns: true },
    ],
  });
}
