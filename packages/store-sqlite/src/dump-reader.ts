import { createHash } from 'node:crypto';
import { linkHash, MalformedRecordError, TRAIL_START } from '@kaizen-eatp/core';
import { type ColumnKind, DUMPED_TABLES, type DumpedTable, FORMAT } from './dump-format.js';

type Row = Readonly<Record<string, unknown>>;

const TABLES = new Map(DUMPED_TABLES.map((table) => [table.name, table]));

/** Reads the lines of an export one by one, and believes none before it has looked at it. */
export class DumpReader {
  readonly rows: Record<string, number> = Object.fromEntries(DUMPED_TABLES.map(({ name }) => [name, 0]));
  readonly #digest = createHash('sha256');
  #line = 0;
  #isOver = false;
  #head = { trailId: '', sequence: 0, hash: TRAIL_START };

  /** @returns the row to store; undefined for the first and the last line. @throws MalformedRecordError. */
  read(text: string): { table: DumpedTable; row: Row } | undefined {
    this.#line += 1;
    const line = text.endsWith('\n') ? text.slice(0, -1) : text;
    if (this.#isOver) throw this.malformed('nothing after the last line', 'another line');
    const content = this.parse(line);
    if (this.#line === 1) {
      if (content.format !== FORMAT) throw this.malformed(`the format ${FORMAT}`, show(content.format));
    } else if (content.end !== undefined) {
      this.finish(content);
      return undefined;
    }
    this.#digest.update(`${line}\n`);
    return this.#line === 1 ? undefined : this.rowOf(content);
  }

  /** @throws MalformedRecordError unless the last line was read. */
  expectWhole(): void {
    if (!this.#isOver) throw this.malformed('a last line with the digest', 'an export that was cut short');
  }

  private parse(line: string): Row {
    try {
      const content: unknown = JSON.parse(line);
      if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Row;
    } catch (cause) {
      throw new MalformedRecordError('MALFORMED_JSON', `Line ${this.#line} of the export is not JSON`, {
        remedy: 'Nothing was imported. Use an export that was not edited.',
        cause,
      });
    }
    throw this.malformed('an object', 'another value');
  }

  private rowOf({ table: name, row }: Row): { table: DumpedTable; row: Row } {
    const table = TABLES.get(name as string);
    if (!table) throw this.malformed(`one of the tables ${[...TABLES.keys()].join(', ')}`, show(name));
    if (typeof row !== 'object' || row === null) throw this.malformed('a row', show(row));
    const columns = Object.entries(table.columns);
    const isOfForm =
      Object.keys(row).length === columns.length &&
      columns.every(([column, kind]) => Object.hasOwn(row, column) && isOfKind((row as Row)[column], kind));
    if (!isOfForm) throw this.malformed(`a row of ${name} with ${columns.join('; ')}`, show(row));
    if (name === 'eatp_trail') this.follow(row as Row);
    this.rows[table.name] = (this.rows[table.name] as number) + 1;
    return { table, row: row as Row };
  }

  private follow(row: Row): void {
    const trailId = row.trail_id as string;
    if (trailId !== this.#head.trailId) this.#head = { trailId, sequence: 0, hash: TRAIL_START };
    const { sequence, hash } = this.#head;
    const follows = row.sequence === sequence + 1 && row.previous_hash === hash;
    if (!follows || linkHash(hash, row.text as string) !== row.hash) {
      throw this.malformed(
        `entry ${sequence + 1} of trail ${trailId}, linked to the one before it`,
        `entry ${show(row.sequence)}, which is not`,
      );
    }
    this.#head = { trailId, sequence: sequence + 1, hash: row.hash as string };
  }

  private finish({ sha256, rows }: Row): void {
    if (sha256 !== this.#digest.digest('hex')) throw this.malformed('the digest of all lines', show(sha256));
    if (JSON.stringify(rows) !== JSON.stringify(this.rows)) {
      throw this.malformed(`the number of rows ${show(rows)}`, show(this.rows));
    }
    this.#isOver = true;
  }

  private malformed(expected: string, received: string): MalformedRecordError {
    return new MalformedRecordError('MALFORMED_RECORD', `Line ${this.#line} of the export is not right`, {
      expected,
      received,
      remedy: 'Nothing was imported. Use an export that is whole and was not edited.',
    });
  }
}

function isOfKind(value: unknown, kind: ColumnKind): boolean {
  if (kind === 'integer') return Number.isSafeInteger(value);
  return typeof value === 'string' || (kind === 'optional' && value === null);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
