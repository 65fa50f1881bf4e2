/** Control, format and line-separating characters: in a record they could hide text or command the terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Returns a string in which every character that a terminal would obey or hide is written as its code point. */
export const clean = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (c) => `\\u{${(c.codePointAt(0) as number).toString(16)}}`);
