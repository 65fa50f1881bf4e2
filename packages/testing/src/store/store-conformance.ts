import { type ConformanceReport, reportOf } from '../conformance/conformance-report.js';
import { findingsOf } from '../conformance/requirement.js';
import { checkStoreSetup } from './check-store-setup.js';
import type { StorePlaceFactory, TrustStoreConformanceSetup } from './store-place.js';
import { trustStoreRequirements } from './store-requirements.js';
import { StoreTrial } from './store-trial.js';

/**
 * Tests a store against {@link trustStoreRequirements}, with any test runner or none. Each check gets an empty place.
 *
 * @param factory - makes an empty place.
 * @param setup - says what the store can do. Default: nothing beyond the contract.
 * @throws InvalidArgumentError for an invalid setup, and the error of a factory that cannot make a place or open a store.
 */
export async function trustStoreConformance(
  factory: StorePlaceFactory,
  setup: TrustStoreConformanceSetup = {},
): Promise<ConformanceReport> {
  checkStoreSetup(factory, setup);
  const trial = new StoreTrial(factory, setup);
  // A place that cannot be made or opened is one error, not one for each requirement.
  await trial.withStore(async () => undefined);
  return reportOf({
    suite: 'trustStore',
    subject: setup.name ?? 'store',
    thoroughness: trial.thoroughness,
    findings: await findingsOf(trustStoreRequirements, trial),
    notChecked: trial.notChecked(),
  });
}
