import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { expectPlaceFactory, moduleField } from '../conformance/place-setup.js';
import { thoroughnessField } from '../conformance/thoroughness.js';
import type { StorePlaceFactory, TrustStoreConformanceSetup } from './store-place.js';

const setupSchema = z.strictObject({
  name: z.string().min(1).optional(),
  abilities: z
    .strictObject({
      shared: z.boolean().optional(),
      reopen: z.boolean().optional(),
      maintenance: z.boolean().optional(),
      durableRuns: z.boolean().optional(),
      watchWithin: z.number().positive().optional(),
    })
    .optional(),
  module: moduleField.optional(),
  thoroughness: thoroughnessField,
});

/**
 * Checks a setup: an ability that is misspelt would not be tested.
 *
 * @throws InvalidArgumentError.
 */
export function checkStoreSetup(factory: StorePlaceFactory, setup: TrustStoreConformanceSetup): void {
  expectPlaceFactory(factory, 'trustStoreConformance');
  parseOptions(setupSchema, setup, 'the setup of trustStoreConformance()');
}
