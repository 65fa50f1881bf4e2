import { describeThrown, MalformedRecordError, StoreError } from '../../errors/index.js';

/** Returns the error for an import into a store that is not empty. @param received - the content of the store. */
export const storeNotEmpty = (
  received: string,
  evidence: Readonly<Record<string, unknown>> = {},
): StoreError =>
  new StoreError('STORE_CONFLICT', 'An export can be imported into an empty store only', {
    received,
    remedy: 'Nothing was imported. Open a new store and import there.',
    evidence,
  });

/** Returns the error for an export whose lines are valid individually, but which a store cannot hold as a whole. */
export const dumpNotImportable = (expected: string, cause: unknown): MalformedRecordError =>
  new MalformedRecordError('MALFORMED_RECORD', 'The export cannot be imported', {
    expected,
    received: describeThrown(cause),
    remedy: 'Nothing was imported. Export the store again, and check that the file is complete.',
    cause,
  });
