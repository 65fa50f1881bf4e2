import { describe, UnsupportedValueError } from '../errors/index.js';
import { sortByCodePoint } from './code-point-order.js';
import { isNumberLiteral, type JsonValue } from './json.js';
import { canonicalNumber, canonicalNumberLiteral } from './python-number.js';

/**
 * The text that is signed and hashed: JSON without white space, keys by code point, ASCII only, numbers as
 * Python prints them. Byte for byte what the reference's `serialize_for_signing` writes.
 *
 * @throws UnsupportedValueError `UNSUPPORTED_VALUE` for NaN, infinities and whatever is not JSON.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, '$');
}

function write(value: unknown, path: string): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return canonicalNumber(value, path);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return writeArray(value, path);
      if (isNumberLiteral(value)) return canonicalNumberLiteral(value.rawJSON, path);
      return writeObject(value as Record<string, unknown>);
    default:
      throw new UnsupportedValueError(path, {
        expected: 'a JSON value',
        received: describe(value),
        remedy: 'Pass it through toJsonValue() first.',
      });
  }
}

function writeArray(items: readonly unknown[], path: string): string {
  let out = '[';
  for (let i = 0; i < items.length; i++) out += (i > 0 ? ',' : '') + write(items[i], path);
  return `${out}]`;
}

function writeObject(object: Record<string, unknown>): string {
  const keys = sortByCodePoint(Object.keys(object));
  let out = '{';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    out += `${i > 0 ? ',' : ''}${quote(key)}:${write(object[key], key)}`;
  }
  return `${out}}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that need an escape
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\u007f-\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that need an escape
const EACH_ESCAPE = /[\u0000-\u001f"\\\u007f-\uffff]/g;
const SHORT: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return `"${text.replace(EACH_ESCAPE, (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}
