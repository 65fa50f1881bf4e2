import { camelCase } from '../contract/record-fields.js';
import type { DumpLine } from './dump-kinds.js';

/** Returns the record of a line of a dump, by the names that this package has for its fields. */
export const recordOfLine = <T>({ type, ...fields }: DumpLine): T =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [camelCase(name), value])) as T;
