const REDACTED = '[redacted]';
const SECRET_KEY =
  /pass(words?|phrases?|wd|code)?$|^pwd$|_pwd$|secret|token|api[_-]?key|authorization|credential|private[_-]?key|cookie|session[_-]?id|bearer|^auth$|signature$|^pin$/i;
const SECRET_VALUES = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bBearer\s+[\w.~+/-]+=*/gi,
  /\bBasic\s+[A-Za-z0-9+/]{8,}=*/g,
  /\b(?:sk|pk|rk|ghp|gho|ghs|ghu|glpat|xox[abprs])[-_][\w-]{10,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /(?<=\w:\/\/[^\s:@/]*:)[^\s@/]+(?=@)/g,
  // A name that holds a secret, in JSON or a configuration that is itself a string.
  /(?<=["']?(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s{0,5}[:=]\s{0,5}["']?)[^"'\s,;}&]+/gi,
  /(?<=[?&](?:api_?key|token|access_token|secret|password|sig)=)[^&\s]+/gi,
];
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
  let redacted = text.slice(0, MAX_LOOKED_AT);
  for (const pattern of SECRET_VALUES) redacted = redacted.replace(pattern, REDACTED);
  return text.length > MAX_TEXT ? `${redacted.slice(0, MAX_TEXT)}… (${text.length} characters)` : redacted;
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

/** A name longer than any that people write is not searched: it counts as secret. */
const isSecretName = (key: string): boolean => key.length > MAX_LOOKED_AT || SECRET_KEY.test(key);
