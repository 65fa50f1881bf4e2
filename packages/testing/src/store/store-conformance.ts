import type { ConformanceReport } from '../conformance/conformance-report.js';
import { runRequirements } from '../conformance/requirement.js';
import { checkStoreSetup } from './check-store-setup.js';
import type { StoreAbilities, StorePlaceFactory, TrustStoreConformanceSetup } from './store-place.js';
import { trustStoreRequirements } from './store-requirements.js';
import { StoreTrial } from './store-trial.js';

/**
 * Tries a store against {@link trustStoreRequirements}, with any test runner or none. Each check gets an empty place.
 *
 * @throws InvalidArgumentError for a setup that does not say what it means.
 */
export function runTrustStoreConformance(setup: TrustStoreConformanceSetup): Promise<ConformanceReport> {
  checkStoreSetup(setup);
  return runRequirements(setup.name, trustStoreRequirements, new StoreTrial(setup));
}

/** {@link runTrustStoreConformance}, with the factory in front. */
export const trustStoreConformance = (
  factory: StorePlaceFactory,
  abilities: StoreAbilities = {},
  name = 'store',
): Promise<ConformanceReport> => runTrustStoreConformance({ name, factory, abilities });
