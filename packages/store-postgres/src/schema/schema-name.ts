import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';

const PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,47}$/;

/**
 * A name that may stand in SQL, where nothing can be bound. Short enough that what is derived from it still fits
 * into PostgreSQL's 63 bytes.
 *
 * @throws InvalidArgumentError for any other text; nothing is quoted into safety that a person would not write.
 */
export function checkSchemaName(schema: unknown): string {
  if (typeof schema === 'string' && PATTERN.test(schema) && !/^pg_/i.test(schema)) return schema;
  throw new InvalidArgumentError('This is not a valid schema name', {
    expected: 'a letter or underscore, then up to 47 letters, digits and underscores, not beginning with pg_',
    received: describe(schema),
    remedy: "Use a name such as 'eatp'.",
  });
}

/** Quoted, so that case is kept and a keyword is a name. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The channel on which the users of a schema tell each other that something changed. */
export const channelOf = (schema: string): string => `${schema}_changes`;
