import { DUMP_KINDS, type DumpKind, type DumpLine } from '../dump/dump-kinds.js';
import type { DumpRow } from '../dump/write-dump.js';

/** A record of this package, by the names that a dump has for its fields. */
export const toRow = (type: DumpKind, record: object): DumpRow => ({
  type,
  row: Object.fromEntries(
    Object.keys(DUMP_KINDS[type]).map((name) => [name, Reflect.get(record, camel(name))]),
  ),
});

/** The record of a line, by the names that this package has for its fields. */
export const toRecord = <T>({ type, ...fields }: DumpLine): T =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value])) as T;

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
