import { EatpError } from '@kaizen-eatp/core';
import type { ErrorDetails } from '@kaizen-eatp/core/errors';

/**
 * A value cannot cross between the languages without a change. Code `VALUE_NOT_TRANSFERABLE`; nothing was sent, or
 * what came was not taken.
 */
export class ValueNotTransferableError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/bridge-python:ValueNotTransferableError';

  constructor(where: string, details: ErrorDetails) {
    super(
      'VALUE_NOT_TRANSFERABLE',
      `The value at ${where} cannot cross between TypeScript and Python`,
      details,
    );
  }
}
