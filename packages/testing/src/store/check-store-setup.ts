import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import type { TrustStoreConformanceSetup } from './store-place.js';

/**
 * Whether a setup says what it means: an ability that is misspelt would not be tried.
 *
 * @throws InvalidArgumentError.
 */
export function checkStoreSetup(setup: TrustStoreConformanceSetup): void {
  const { factory, abilities = {} } = setup ?? {};
  if (typeof factory !== 'function')
    throw wrong('has nothing that makes places', 'a function that returns { open() }', describe(factory));
  const known = ['shared', 'reopen', 'maintenance', 'watchWithin'];
  const isObject = typeof abilities === 'object' && abilities !== null;
  if (!isObject) throw wrong('has no abilities', `an object with ${known.join(', ')}`, describe(abilities));
  const stray = Object.keys(abilities).find((name) => !known.includes(name));
  if (stray !== undefined) throw wrong('names an ability that there is not', known.join(', '), `'${stray}'`);
}

const wrong = (what: string, expected: string, received: string): InvalidArgumentError =>
  new InvalidArgumentError(`The setup of the store conformance suite ${what}`, {
    expected,
    received,
    remedy: 'Correct the setup; TrustStoreConformanceSetup documents it.',
  });
