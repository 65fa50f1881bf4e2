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
  // A name that holds a secret, in JSON or a configuration that is itself a text.
  /(?<=["']?(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s{0,5}[:=]\s{0,5}["']?)[^"'\s,;}&]+/gi,
  /(?<=[?&](?:api_?key|token|access_token|secret|password|sig)=)[^&\s]+/gi,
];
const MAX_TEXT = 2_000;
const MAX_LOOKED_AT = 4_000;

/**
 * A copy of a tool's arguments that may go into a signed, lasting record: values under names that hold secrets, and
 * texts that look like one (keys, bearer and web tokens, passwords in addresses), are blanked; long texts are cut.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return value;
  if (depth > 20) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const copy: [string, unknown][] = Object.entries(value).map(([key, item]) => [
    key,
    SECRET_KEY.test(key) && item !== null && item !== undefined ? REDACTED : redact(item, depth + 1),
  ]);
  return Object.fromEntries(copy);
}

export function redactText(text: string): string {
  // Cut first: what is not looked at is not kept either, and a very long text must not hold the process up.
  let redacted = text.slice(0, MAX_LOOKED_AT);
  for (const pattern of SECRET_VALUES) redacted = redacted.replace(pattern, REDACTED);
  return text.length > MAX_TEXT ? `${redacted.slice(0, MAX_TEXT)}… (${text.length} characters)` : redacted;
}
