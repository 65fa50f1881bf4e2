import { type ConformanceReport, type Finding, reportOf } from '../conformance/conformance-report.js';
import { findingsOf } from '../conformance/requirement.js';
import { checkStoreSetup } from './check-store-setup.js';
import type { StorePlaceFactory, TrustStoreConformanceSetup } from './store-place.js';
import { type TrustStoreRequirementId, trustStoreRequirements } from './store-requirements.js';
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
  const trial = await opened(factory, setup);
  return reportOf({
    suite: 'trustStore',
    subject: setup.name ?? 'store',
    thoroughness: trial.thoroughness,
    findings: await findingsOf(trustStoreRequirements, trial),
    notChecked: trial.notChecked(),
  });
}

/** Tests a store against some of the requirements only, for the tests of the suite itself. */
export async function findingsAboutStore(
  factory: StorePlaceFactory,
  setup: TrustStoreConformanceSetup,
  isMeant: (id: TrustStoreRequirementId) => boolean,
): Promise<Finding[]> {
  const trial = await opened(factory, setup);
  return findingsOf(
    trustStoreRequirements.filter(({ id }) => isMeant(id)),
    trial,
  );
}

async function opened(factory: StorePlaceFactory, setup: TrustStoreConformanceSetup): Promise<StoreTrial> {
  checkStoreSetup(factory, setup);
  const trial = new StoreTrial(factory, setup);
  // A place that cannot be made or opened is one error, not one for each requirement.
  await trial.withStore(async () => undefined);
  return trial;
}
