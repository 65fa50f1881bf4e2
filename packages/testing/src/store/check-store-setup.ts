import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
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
  module: z
    .custom<string | URL>(
      (value) => URL.canParse(String(value)),
      'the URL of a module: `import.meta.resolve(…)`',
    )
    .optional(),
  thoroughness: thoroughnessField,
});

/**
 * Checks a setup: an ability that is misspelt would not be tested.
 *
 * @throws InvalidArgumentError.
 */
export function checkStoreSetup(factory: StorePlaceFactory, setup: TrustStoreConformanceSetup): void {
  if (typeof factory !== 'function') {
    throw new InvalidArgumentError('`factory` of trustStoreConformance() must be a function', {
      expected: 'a function that makes an empty place and returns { open() }',
      received: describe(factory),
      remedy: 'Pass the function as the first argument.',
    });
  }
  parseOptions(setupSchema, setup, 'the setup of trustStoreConformance()');
}
