/** The extension types of docs/protocol.md, "Values". */
export const EXTENSION = {
  datetime: 33,
  date: 34,
  time: 35,
  timedelta: 36,
  decimal: 37,
  integer: 38,
  pairs: 39,
  uuid: 40,
} as const;
