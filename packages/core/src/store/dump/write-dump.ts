import { Sha256 } from '#crypto';
import { DUMP_HEADER, DUMP_KINDS, type DumpKind } from './dump-kinds.js';

/** A record as a store has it, with at least the fields of its kind. Their values are not checked. */
export interface DumpRow {
  /** The kind of the record. */
  readonly type: DumpKind;
  /** The fields of the record. */
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * Writes what a store holds as lines of JSON, each with its line feed, and the digest of all others in the last.
 * Faulty records are written as well; the reader of the dump notices them.
 *
 * @param rows - in the order of {@link DUMP_ORDER}.
 */
export async function* writeDump(
  rows: AsyncIterable<DumpRow> | Iterable<DumpRow>,
): AsyncGenerator<string, void, undefined> {
  const digest = new Sha256();
  let lines = 0;
  const line = (content: object): string => {
    const text = `${JSON.stringify(content)}\n`;
    digest.update(text);
    lines += 1;
    return text;
  };
  // The header comes with the first row, so that a store that reads at one moment does so before any line is taken.
  for await (const { type, row } of rows) {
    if (lines === 0) yield line(DUMP_HEADER);
    const fields = Object.keys(DUMP_KINDS[type]).map((name) => [name, row[name] ?? null]);
    yield line({ type, ...Object.fromEntries(fields) });
  }
  if (lines === 0) yield line(DUMP_HEADER);
  yield `${JSON.stringify({ type: 'end', lines, sha256: digest.hex() })}\n`;
}
