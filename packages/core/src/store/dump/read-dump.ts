import { Sha256 } from '#crypto';
import { MalformedRecordError } from '../../errors/index.js';
import { timestampToMillis } from '../../wire/index.js';
import { isOfKind, wordsForKind } from '../contract/expect-writes.js';
import { linkHash, TRAIL_START } from '../contract/link-hash.js';
import type { FieldKind, RecordFields } from '../contract/record-fields.js';
import {
  DUMP_HEADER,
  DUMP_KINDS,
  DUMP_ORDER,
  type DumpKind,
  type DumpLine,
  type ImportReport,
} from './dump-kinds.js';

/** Not the id of any trail, which has at least one character. */
const STATEMENTS = '\0';

type Content = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * Reads the lines of a dump one by one, and checks each against its kind and each trail against its links. Only the
 * last line shows that nothing is missing or changed, so nothing must be stored before it. Signatures are checked when
 * a record is used, as always.
 *
 * @param lines - with or without their line feeds.
 * @throws MalformedRecordError for the first invalid line, or for a missing last line.
 */
export async function* readDump(
  lines: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<DumpLine, void, undefined> {
  const dump = new DumpReader();
  for await (const line of lines) {
    const record = dump.read(line.endsWith('\n') ? line.slice(0, -1) : line);
    if (record) yield record;
  }
  dump.expectWhole();
}

/** Counts what an import takes in. */
export function countImports(): { count(kind: DumpKind): void; readonly report: ImportReport } {
  const report = Object.fromEntries(DUMP_ORDER.map((kind) => [kind, 0])) as Record<DumpKind, number>;
  return {
    count: (kind) => {
      report[kind] += 1;
    },
    report,
  };
}

class DumpReader {
  readonly #digest = new Sha256();
  #lines = 0;
  #kind = 0;
  #isEnded = false;
  readonly #runs = new Set<string>();
  #head = { trailId: '', sequence: 0, hash: TRAIL_START };

  /** @returns the record to keep, if the line has one. */
  read(text: string): DumpLine | undefined {
    const line = this.parse(text);
    if (this.#isEnded) throw this.malformed('nothing after the line of type end', 'another line');
    if (this.#lines > 0 && line.type === 'end') {
      this.end(line);
      return undefined;
    }
    const record = this.#lines === 0 ? this.checkHeader(line) : this.record(line);
    this.#digest.update(`${text}\n`);
    this.#lines += 1;
    return record;
  }

  expectWhole(): void {
    if (!this.#isEnded) throw this.malformed('a line of type end', 'the end of the input');
  }

  private parse(text: string): Content {
    try {
      const line: unknown = JSON.parse(text);
      if (typeof line === 'object' && line !== null && typeof (line as Content).type === 'string')
        return line as Content;
    } catch {
      // The error is thrown below: whatever it is, it is not a line of a dump.
    }
    throw this.malformed('a JSON object with a type', `a string of ${text.length} characters`);
  }

  private checkHeader(line: Content): undefined {
    const { type, format, version } = line;
    if (type === DUMP_HEADER.type && format === DUMP_HEADER.format && version === DUMP_HEADER.version) return;
    throw this.malformed(`the line ${JSON.stringify(DUMP_HEADER)}`, show(line));
  }

  private record(line: Content): DumpLine {
    const at = DUMP_ORDER.indexOf(line.type as DumpKind, this.#kind);
    if (at < 0) throw this.malformed(`a line of ${DUMP_ORDER.slice(this.#kind).join(', ')}`, show(line.type));
    this.#kind = at;
    const fields: RecordFields = DUMP_KINDS[line.type as DumpKind];
    for (const name of new Set([...Object.keys(fields), ...Object.keys(line)])) {
      if (name === 'type') continue;
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) throw this.malformed(`a line of type ${line.type} without ${name}`, name);
      if (!isOf(field, line[name])) throw this.malformed(`${name}: ${wordsForKind(field)}`, show(line[name]));
    }
    if (line.type === 'anchor') this.follow(line, `trail ${line.trail_id}`, line.trail_id as string);
    if (line.type === 'run') this.#runs.add(line.run_id as string);
    // Content without its run belongs to no person, so that no erasure would reach it.
    if ((line.type === 'step' || line.type === 'delivery') && !this.#runs.has(line.run_id as string))
      throw this.malformed('run_id: the id of a run in the export', show(line.run_id));
    if (line.type === 'statement') this.follow(line, 'the statements', STATEMENTS);
    return line as DumpLine;
  }

  private follow(line: Content, what: string, trailId: string): void {
    const { sequence, hash } =
      trailId === this.#head.trailId ? this.#head : { sequence: 0, hash: TRAIL_START };
    const isNext =
      line.sequence === sequence + 1 &&
      line.previous_hash === hash &&
      line.hash === linkHash(hash, line.text as string);
    if (!isNext) {
      throw this.malformed(
        `entry ${sequence + 1} of ${what}, linked to the one before it`,
        `entry ${show(line.sequence)}, which is not`,
      );
    }
    this.#head = { trailId, sequence: sequence + 1, hash: line.hash as string };
  }

  private end({ lines, sha256 }: Content): void {
    if (lines !== this.#lines) throw this.malformed(`${show(lines)} lines before the end`, `${this.#lines}`);
    const digest = this.#digest.hex();
    if (sha256 !== digest) throw this.malformed(`lines of the digest ${show(sha256)}`, digest);
    this.#isEnded = true;
  }

  private malformed(expected: string, received: string): MalformedRecordError {
    const line = this.#lines + (this.#isEnded ? 2 : 1);
    return new MalformedRecordError('MALFORMED_RECORD', `Line ${line} of the export is invalid`, {
      expected,
      received,
      remedy: 'Nothing was imported. Export the store again, and check that the file is complete.',
      evidence: { line },
    });
  }
}

function isOf(field: FieldKind, value: unknown): boolean {
  if (!isOfKind(field, value)) return false;
  return field !== 'moment?' || value === null || !Number.isNaN(timestampToMillis(value as string));
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
