import type { z } from 'zod';
import { MalformedRecordError } from '../errors/index.js';
import { deepFreeze } from './deep-freeze.js';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from './json.js';

/** A record that keeps the fields of newer versions: they are read and written back unchanged. */
export interface WithUnknownFields {
  /** The fields that this version does not know. */
  readonly unknownFields?: JsonObject;
}

/** One field: how it is checked when read, and, if it holds records, the codec of those. */
type Field = z.ZodType | RecordCodec<object> | OptionalRecord | readonly [RecordCodec<object>];

/** A record that can be absent or null. */
class OptionalRecord {
  constructor(readonly codec: RecordCodec<object>) {}
}

/**
 * The one place where the reference's snake_case becomes our camelCase and back. Values are never converted:
 * a timestamp stays its string, a number its literal.
 */
export class RecordCodec<T extends object> {
  private readonly fields: readonly { camel: string; snake: string; field: Field; isRecord: boolean }[];
  private readonly known: ReadonlySet<string>;

  constructor(
    /** The name of the kind of record, for error messages. */
    readonly recordName: string,
    shape: { readonly [K in Exclude<keyof T, 'unknownFields'>]-?: Field },
  ) {
    this.fields = Object.entries<Field>(shape).map(([camel, field]) => ({
      camel,
      snake: toSnake(camel),
      field,
      isRecord: field instanceof RecordCodec || field instanceof OptionalRecord || isCodecList(field),
    }));
    this.known = new Set(this.fields.map((f) => f.snake));
  }

  /** @throws MalformedRecordError `MALFORMED_RECORD`, naming each invalid field. */
  decode(wire: JsonValue): T {
    const problems: string[] = [];
    const record = this.read(wire, this.recordName, problems);
    if (problems.length > 0) throw malformed(this.recordName, problems);
    return deepFreeze(record) as T;
  }

  /** Returns the codec for a field that can be absent or null. */
  optional(): OptionalRecord {
    return new OptionalRecord(this as unknown as RecordCodec<object>);
  }

  /** Reads a record from its text. @throws MalformedRecordError. */
  decodeText(text: string): T {
    return this.decode(parseJson(text, this.recordName));
  }

  /** @throws MalformedRecordError if `unknownFields` holds a known field. */
  encode(record: T): JsonObject {
    const wire: Record<string, JsonValue> = {};
    const { fields } = this;
    for (let i = 0; i < fields.length; i++) {
      const { camel, snake, field, isRecord } = fields[i] as (typeof fields)[number];
      const value = (record as Record<string, unknown>)[camel];
      if (value !== undefined) wire[snake] = isRecord ? encodeRecords(field, value) : (value as JsonValue);
    }
    const unknown = (record as WithUnknownFields).unknownFields;
    if (!unknown) return wire;
    // A known name among them would be written in place of the field itself.
    const problems = Object.keys(unknown).filter((name) => this.known.has(name));
    if (problems.length === 0) return { ...wire, ...unknown };
    throw malformed(
      this.recordName,
      problems.map((name) => `${this.recordName}.${name}: a known field must not be in unknownFields`),
    );
  }

  /** Writes a record as a string. @throws MalformedRecordError as {@link encode}. */
  encodeText(record: T): string {
    return writeJson(this.encode(record));
  }

  private read(wire: unknown, path: string, problems: string[]): object | undefined {
    if (!isJsonObject(wire)) {
      problems.push(`${path}: expected an object`);
      return undefined;
    }
    const record: Record<string, unknown> = {};
    for (const { camel, snake, field } of this.fields) {
      const value = this.readField(
        field,
        Object.hasOwn(wire, snake) ? wire[snake] : undefined,
        `${path}.${snake}`,
        problems,
      );
      if (value !== undefined) record[camel] = value;
    }
    const unknown = Object.entries(wire).filter(([key]) => !this.known.has(key));
    if (unknown.length > 0) record.unknownFields = Object.fromEntries(unknown);
    return record;
  }

  private readField(field: Field, value: unknown, path: string, problems: string[]): unknown {
    if (field instanceof RecordCodec) return field.read(value, path, problems);
    if (field instanceof OptionalRecord) {
      return value === undefined || value === null ? undefined : field.codec.read(value, path, problems);
    }
    if (isCodecList(field)) {
      if (value === undefined) return [];
      if (!Array.isArray(value)) problems.push(`${path}: expected an array`);
      else return value.map((item, i) => field[0].read(item, `${path}[${i}]`, problems));
      return [];
    }
    const parsed = field.safeParse(value);
    if (parsed.success) return parsed.data;
    problems.push(`${path}: ${parsed.error.issues[0]?.message ?? 'not valid'}`);
    return undefined;
  }
}

const isCodecList = (field: Field): field is readonly [RecordCodec<object>] => Array.isArray(field);

/** Encodes the value of a field that holds records. */
function encodeRecords(field: Field, value: unknown): JsonValue {
  if (field instanceof OptionalRecord) return value === null ? null : field.codec.encode(value as object);
  if (field instanceof RecordCodec) return field.encode(value as object);
  const [codec] = field as readonly [RecordCodec<object>];
  return (value as object[]).map((item) => codec.encode(item));
}

function malformed(recordName: string, problems: readonly string[]): MalformedRecordError {
  return new MalformedRecordError('MALFORMED_RECORD', `The record is not a valid ${recordName}`, {
    received: problems.slice(0, 5).join('; '),
    remedy: 'Check that it is the right record, and that it was not cut or edited.',
    evidence: { problems },
  });
}

const toSnake = (camel: string): string => camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
