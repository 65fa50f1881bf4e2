import { describe, InvalidArgumentError } from '../errors/index.js';
import { deepFreeze } from './deep-freeze.js';
import { toJsonValue } from './to-json-value.js';

/**
 * Returns facts for constraint evaluators: a frozen copy, read once. A caller cannot set the time, which comes from
 * the deployment's clock.
 *
 * @throws InvalidArgumentError, UnsupportedValueError.
 */
export function toFacts(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidArgumentError('`context` must be an object of facts', {
      expected: 'facts for constraint evaluators by name, for instance { contains_pii: false }',
      received: describe(given),
      remedy: 'Pass an object, or omit `context`.',
    });
  }
  const {
    current_time: _python,
    currentTime: _typescript,
    ...facts
  } = toJsonValue(given, 'context') as Record<string, unknown>;
  return deepFreeze(facts);
}
