import { utf8Length } from '#crypto';

/** The longest id that every store keeps, in bytes of UTF-8; an index of PostgreSQL holds little more. */
export const LONGEST_ID = 2_000;

/**
 * Whether every store can keep a string and give it back unchanged. PostgreSQL has no U+0000, and a lone surrogate has
 * no encoding, so that SQLite would keep another string in its place.
 */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Whether every store can keep an id. */
export const isStorableId = (id: string): boolean =>
  isStorableText(id) && (id.length * 3 <= LONGEST_ID || utf8Length(id) <= LONGEST_ID);
