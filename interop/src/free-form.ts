import { isJsonObject, type JsonValue, parseJson, writeJson } from '@kaizen-eatp/core/records';

/** The path of a free-form field in a record, for instance `['capabilities', 0, 'scope']`. */
export type FieldPath = readonly (string | number)[];

/** One JSON document of each kind, with values that the two languages write or order differently. */
export const EACH_KIND: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '1.0',
  '-0.0',
  '1e-05',
  '9007199254740993',
  '""',
  '"text"',
  '"données 😀"',
  '[]',
  '["a"]',
  '["a", 1.0, null, {"b": [true]}]',
  '{}',
  '{"b": 1.0, "a": "é"}',
  '{"b": {"10": [1e-05], "2": null}, "10": "first", "2": "second", "__proto__": {"x": 1}}',
];

const PLACEHOLDER = '\u0000 here \u0000';

/** Returns a record with another JSON document in one field, byte for byte, so that no key of it is moved. */
export function withField(stored: string, path: FieldPath, json: string): string {
  const text = writeJson(replaced(parseJson(stored), path, PLACEHOLDER));
  return text.replace(writeJson(PLACEHOLDER), () => json);
}

function replaced(value: JsonValue, path: FieldPath, by: JsonValue): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (typeof key === 'number' && Array.isArray(value))
    return value.with(key, replaced(value[key] as JsonValue, rest, by));
  if (isJsonObject(value)) return { ...value, [key]: replaced(value[key] ?? null, rest, by) };
  throw new Error(`there is no ${key}`);
}
