import { isNumberLiteral, type JsonObject, type JsonValue } from './json.js';
import { keysAsWritten } from './key-order.js';
import { canonicalNumber, canonicalNumberLiteral } from './python-number.js';

/** Python's `str(value)` for a JSON value; the reference hashes constraint values in this form. */
export function pythonStr(value: JsonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

function pythonRepr(value: JsonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return canonicalNumber(value, '$');
  if (typeof value === 'string') return reprString(value);
  if (isNumberLiteral(value)) return canonicalNumberLiteral(value.rawJSON, '$');
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const object = value as JsonObject;
  const members = keysAsWritten(object).map(
    (key) => `${reprString(key)}: ${pythonRepr(object[key] as JsonValue)}`,
  );
  return `{${members.join(', ')}}`;
}

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = '';
  for (const char of text) {
    if (char === quote || char === '\\') out += `\\${char}`;
    else out += isPrintable(char) ? char : escaped(char);
  }
  return quote + out + quote;
}

const isPrintable = (char: string): boolean => char === ' ' || !/[\p{C}\p{Z}]/u.test(char);

function escaped(char: string): string {
  const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
  if (named) return named;
  const code = char.codePointAt(0) as number;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
