import { describeThrown, MalformedRecordError, StoreError } from '../../errors/index.js';

/** For a store into which an export was to be taken. @param received - what is in it. */
export const storeNotEmpty = (
  received: string,
  evidence: Readonly<Record<string, unknown>> = {},
): StoreError =>
  new StoreError('STORE_CONFLICT', 'An export is taken into an empty store only', {
    received,
    remedy: 'Nothing was imported. Open a new store and import there.',
    evidence,
  });

/** For an export of which the lines are right, each by itself, and which a store cannot hold all the same. */
export const dumpNotImportable = (expected: string, cause: unknown): MalformedRecordError =>
  new MalformedRecordError('MALFORMED_RECORD', 'The export cannot be taken in', {
    expected,
    received: describeThrown(cause),
    remedy: 'Nothing was imported. Export the store again, and see that the file arrives whole.',
    cause,
  });
