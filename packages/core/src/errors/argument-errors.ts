import { describe } from './describe.js';
import { EatpError, type ErrorDetails } from './eatp-error.js';

declare module './error-code-map.js' {
  interface ErrorCodeMap {
    /** An argument or option of a public function is invalid. Nothing was done. */
    INVALID_ARGUMENT: InvalidArgumentError;
    /** A value has no canonical form, so it can be neither signed nor stored. */
    UNSUPPORTED_VALUE: UnsupportedValueError;
    /** A string is not valid JSON. */
    MALFORMED_JSON: MalformedRecordError;
    /** JSON was read, but it is not the record that was expected. */
    MALFORMED_RECORD: MalformedRecordError;
    /** A string is not a receipt. */
    RECEIPT_MALFORMED: ReceiptMalformedError;
  }
}

/** An argument of a public function is invalid. Code `INVALID_ARGUMENT`. */
export class InvalidArgumentError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:InvalidArgumentError';

  constructor(summary: string, details: ErrorDetails) {
    super('INVALID_ARGUMENT', summary, details);
  }
}

/**
 * Checks the one argument of a public function.
 *
 * @param what - what the argument describes, for instance `a delegation`.
 * @throws InvalidArgumentError unless it is an object.
 */
export function expectObject(value: unknown, what: string, example: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new InvalidArgumentError(`The options of ${what} must be an object`, {
    expected: `an object such as ${example}`,
    received: describe(value),
    remedy: 'Pass an object with these properties.',
  });
}

/**
 * Checks the options of a public function. A misspelt option must not be ignored, least of all one about trust.
 *
 * @throws InvalidArgumentError unless the options are an object with no names but the known ones.
 */
export function expectOptions(options: unknown, of: string, known: readonly string[]): void {
  expectObject(options, of, `{ ${known[0]} }`);
  const unknown = Object.keys(options as object).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new InvalidArgumentError(`There is no option '${unknown}' of ${of}`, {
    expected: known.join(', '),
    received: `'${unknown}'`,
    remedy: 'Correct the name, or remove the option.',
  });
}

/** A value has no canonical form, so that it can be neither signed nor stored. Code `UNSUPPORTED_VALUE`. */
export class UnsupportedValueError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:UnsupportedValueError';

  constructor(path: string, details: ErrorDetails) {
    super('UNSUPPORTED_VALUE', `The value at ${path} cannot be signed or stored`, details);
  }
}

/** A string is not JSON, or not a record of the protocol. Codes `MALFORMED_JSON`, `MALFORMED_RECORD`. */
export class MalformedRecordError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:MalformedRecordError';

  constructor(code: 'MALFORMED_JSON' | 'MALFORMED_RECORD', summary: string, details: ErrorDetails) {
    super(code, summary, details);
  }
}

/** A string is not a receipt. Code `RECEIPT_MALFORMED`. */
export class ReceiptMalformedError extends EatpError {
  static override readonly brand: string = '@kaizen-eatp/core:ReceiptMalformedError';

  constructor(format: string, received: string, cause?: unknown) {
    super('RECEIPT_MALFORMED', 'This is not a receipt', {
      expected: `a string of the format ${format}, byte for byte as it was issued`,
      received,
      remedy: 'Ask the issuer for another copy.',
      cause,
    });
  }
}
