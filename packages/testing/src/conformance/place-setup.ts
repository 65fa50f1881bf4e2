import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { z } from 'zod';

/** The schema of the module that opens a place in another process. */
export const moduleField = z.custom<string | URL>(
  (value) => URL.canParse(String(value)),
  'the URL of a module: `import.meta.resolve(…)`',
);

/** @param kit - the function that received the factory. @throws InvalidArgumentError unless it is a function. */
export function expectPlaceFactory(factory: unknown, kit: string): void {
  if (typeof factory === 'function') return;
  throw new InvalidArgumentError(`\`factory\` of ${kit}() must be a function`, {
    expected: 'a function that makes an empty place and returns { open() }',
    received: describe(factory),
    remedy: 'Pass the function as the first argument.',
  });
}
