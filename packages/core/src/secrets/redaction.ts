import { findSecrets } from './find-secrets.js';
import { isSecretName } from './secret-names.js';

/** The mark in place of a secret. */
export const REDACTED = '[redacted]';
const MAX_TEXT = 2_000;
const MAX_LOOKED_AT = 4_000;
const MAX_DEPTH = 20;
const MAX_KEY = 200;
/** How many items and properties of one value are recorded in all. */
const MAX_ELEMENTS = 1_000;
/** How many characters of one value are searched for secrets, and recorded, in all. */
const MAX_TOTAL_TEXT = 50_000;

/** How much of a value can still be recorded, and how instances of classes are. */
interface Budget {
  elements: number;
  text: number;
  readonly textOf: ((instance: object) => string | undefined) | undefined;
}

/**
 * Returns a copy of a tool's arguments for a signed, lasting record. It redacts values under names that hold secrets,
 * and strings that look like one (keys, bearer and web tokens, passwords in addresses). It cuts long strings,
 * and everything beyond 1,000 elements or 50,000 characters in all, so that a large value costs little. Each property
 * is read once.
 *
 * @param textOf - writes instances of classes that are values; undefined for any other object.
 */
export function redact(value: unknown, textOf?: (instance: object) => string | undefined): unknown {
  return copyOf(value, { elements: MAX_ELEMENTS, text: MAX_TOTAL_TEXT, textOf }, 0);
}

/** Returns the string without what looks like a secret, cut to 2,000 characters. */
export function redactText(text: string): string {
  // The string is cut first: a part that is not searched is not kept either, and a very long string must not block the
  // process.
  const searched = text.slice(0, MAX_LOOKED_AT);
  const redacted = withoutSecrets(searched);
  return text.length > MAX_TEXT ? `${redacted.slice(0, MAX_TEXT)}… (${text.length} characters)` : redacted;
}

function withoutSecrets(text: string): string {
  const spans = findSecrets(text);
  if (spans.length === 0) return text;
  let redacted = '';
  let from = 0;
  for (const [start, end] of spans) {
    redacted += text.slice(from, start) + REDACTED;
    from = end;
  }
  return redacted + text.slice(from);
}

function copyOf(value: unknown, budget: Budget, depth: number): unknown {
  if (typeof value === 'string') return copyOfText(value, budget);
  // One number that JSON cannot hold must not keep all the rest out of the record.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return new Date(Date.prototype.getTime.call(value));
  if (ArrayBuffer.isView(value) && (value instanceof Uint8Array || value.byteLength > MAX_TEXT))
    return copyOfBytes(value, budget);
  if (value instanceof ArrayBuffer) return copyOfBytes(new Uint8Array(value), budget);
  const text = value instanceof URL ? value.href : budget.textOf?.(value);
  if (text !== undefined) return copyOfText(text, budget);
  if (depth > MAX_DEPTH) return '[too deep]';
  return Array.isArray(value)
    ? copyOfArray(value, budget, depth)
    : copyOfObject(propertiesOf(value), budget, depth);
}

/** These objects have no properties of their own: copied like others, each of them would be recorded as `{}`. */
function propertiesOf(value: object): Readonly<Record<string, unknown>> {
  if (value instanceof Map) return { map: Array.from(value, ([key, item]) => entryOf(key, item)) };
  if (value instanceof Set) return { set: [...value] };
  if (value instanceof Error) return { error: value.name, message: value.message };
  return value as Record<string, unknown>;
}

/** A secret is under its name in a map, too. */
const entryOf = (key: unknown, item: unknown): readonly unknown[] =>
  typeof key === 'string' && isSecretName(key) ? [key, REDACTED] : [key, item];

function copyOfText(text: string, budget: Budget): string {
  if (budget.text <= 0 && text.length > REDACTED.length) return `[${text.length} characters]`;
  budget.text -= Math.min(text.length, MAX_LOOKED_AT);
  return redactText(text);
}

function copyOfBytes(bytes: ArrayBufferView, budget: Budget): unknown {
  const size = bytes.byteLength;
  if (size > MAX_TEXT || budget.text <= 0) return `[${size} bytes]`;
  budget.text -= size;
  return new Uint8Array(bytes as Uint8Array);
}

function copyOfArray(items: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const copy: unknown[] = [];
  const { length } = items;
  for (let i = 0; i < length; i++) {
    if (budget.elements <= 0) {
      copy.push(`[${length - i} more]`);
      break;
    }
    budget.elements--;
    copy.push(copyOf(items[i], budget, depth + 1));
  }
  return copy;
}

function copyOfObject(object: Readonly<Record<string, unknown>>, budget: Budget, depth: number): object {
  const copy: [string, unknown][] = [];
  const keys = Object.keys(object);
  for (let i = 0; i < keys.length; i++) {
    if (budget.elements <= 0) {
      copy.push(['…', `[${keys.length - i} more]`]);
      break;
    }
    budget.elements--;
    const key = keys[i] as string;
    const item = object[key];
    copy.push([
      key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}… (${key.length} characters)` : key,
      isSecretName(key) && item !== null && item !== undefined ? REDACTED : copyOf(item, budget, depth + 1),
    ]);
    budget.text -= Math.min(key.length, MAX_KEY);
  }
  return Object.fromEntries(copy);
}
