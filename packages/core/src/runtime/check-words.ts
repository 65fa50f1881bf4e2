import { ACTION_RESULTS } from '../chain/index.js';
import { describe, InvalidArgumentError } from '../errors/index.js';

/**
 * What pattern code says of an act goes into a signed record, so it is checked before anything is done.
 *
 * @throws InvalidArgumentError.
 */
export function checkWords(options: object): void {
  if (typeof options !== 'object' || options === null) throw wrong('the options', 'an object', options);
  const { action, resource, result } = options as Record<string, unknown>;
  if (action !== undefined && (typeof action !== 'string' || action === ''))
    throw wrong('`action`', 'a text', action);
  if (resource !== undefined && typeof resource !== 'string') throw wrong('`resource`', 'a text', resource);
  if (result !== undefined && !(ACTION_RESULTS as readonly unknown[]).includes(result)) {
    throw wrong('`result`', `one of ${ACTION_RESULTS.join(', ')}`, result);
  }
}

const wrong = (what: string, expected: string, received: unknown): InvalidArgumentError =>
  new InvalidArgumentError(`What is to be done is not said well: ${what}`, {
    expected,
    received: describe(received),
    remedy: 'Correct it in the pattern; nothing was done.',
  });
