import forms from './secret-forms.json' with { type: 'json' };
import { isSecretName, isWholeLineName } from './secret-names.js';

/** A form of secrets, as the list has it. */
interface SecretForm {
  readonly id: string;
  readonly keywords: readonly string[];
  readonly pattern: string;
  readonly ignoreCase?: boolean;
  /** Whether the secret is recognised by itself, so that it is found as well where line breaks split it. */
  readonly joined?: boolean;
  /** The lowest entropy of a secret of this form, in bits for each character. Words of a language have less. */
  readonly entropy?: number;
}

interface Matcher {
  readonly pattern: RegExp;
  readonly isJoined: boolean;
  readonly entropy: number;
}

/** A part of a string: from the first index up to and without the second. */
export type Span = readonly [start: number, end: number];

const ALWAYS: Matcher[] = [];
/** The forms that need one of these words to be in the string. */
const BY_KEYWORD = new Map<string, Matcher[]>();
for (const form of forms.forms as readonly SecretForm[]) {
  const { pattern, keywords, ignoreCase = false, joined = false, entropy = 0 } = form;
  const matcher = { pattern: new RegExp(pattern, ignoreCase ? 'dgi' : 'dg'), isJoined: joined, entropy };
  if (keywords.length === 0) ALWAYS.push(matcher);
  for (const keyword of keywords) {
    const known = BY_KEYWORD.get(keyword.toLowerCase());
    if (known) known.push(matcher);
    else BY_KEYWORD.set(keyword.toLowerCase(), [matcher]);
  }
}

/** A name, what stands between, and the value: in JSON, in code, in a configuration, in a header. */
const NAMED =
  /(?<![\w.-])([A-Za-z][\w.-]{0,60})(?:\\?["'`])?\s{0,5}(?:=>|:=|[:=](?!=))\s{0,5}(?:\\?"((?:[^"\\]|\\[^"])+)|\\?'((?:[^'\\]|\\[^'])+)|`([^`]+)|([^\s"'`,;&{}[\]()<>]+))/dg;
/** The shortest string that can hold a secret. */
const SHORTEST = 6;
/** A line break, also one that was escaped in JSON, with the indentation that follows. */
const LINE_BREAK = /(?:\r?\n|\\r\\n|\\n)[ \t]*/g;

/**
 * Finds what looks like a secret in a string: by its form, by the name before it, and by its form where line breaks split
 * it. The list of forms and names is data, which the Python half uses as well.
 *
 * @returns the parts to redact, in order, without overlaps.
 */
export function findSecrets(text: string): readonly Span[] {
  if (text.length < SHORTEST) return NONE;
  const spans: Span[] = [];
  addForms(spans, text, false, undefined);
  addNamed(spans, text);
  if (text.includes('\n') || text.includes('\\n')) addSplit(spans, text);
  return merged(spans);
}

const NONE: readonly Span[] = Object.freeze([]);

function addForms(spans: Span[], text: string, onlyJoined: boolean, at: ((i: number) => number) | undefined) {
  const lower = text.toLowerCase();
  const matchers = new Set(ALWAYS);
  for (const [keyword, known] of BY_KEYWORD)
    if (lower.includes(keyword)) for (const matcher of known) matchers.add(matcher);
  for (const { pattern, isJoined, entropy } of matchers) {
    if (onlyJoined && !isJoined) continue;
    for (const match of text.matchAll(pattern)) {
      const [start, end] = placeOf(match, [1]);
      if (end <= start || (entropy > 0 && entropyOf(text.slice(start, end)) < entropy)) continue;
      spans.push(at ? [at(start), at(end - 1) + 1] : [start, end]);
    }
  }
}

/** The place of the first of these groups that took part in a match, else of the whole match. */
function placeOf({ indices }: RegExpExecArray, groups: readonly number[]): Span {
  const group = groups.find((number) => indices?.[number]) ?? 0;
  return indices?.[group] ?? [0, 0];
}

/** The Shannon entropy of a string, in bits for each character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}

function addNamed(spans: Span[], text: string): void {
  if (!/[:=]/.test(text)) return;
  NAMED.lastIndex = 0;
  for (let match = NAMED.exec(text); match; match = NAMED.exec(text)) {
    const name = match[1] as string;
    if (!isSecretName(name)) {
      // A name can follow a harmless one immediately, as in `Error: password=x`.
      NAMED.lastIndex = match.index + name.length;
      continue;
    }
    const [start, end] = placeOf(match, [2, 3, 4, 5]);
    spans.push([start, isWholeLineName(name) ? endOfLine(text, end) : end]);
  }
}

const endOfLine = (text: string, from: number): number => {
  const end = text.slice(from).search(/["'\r\n]/);
  return end === -1 ? text.length : from + end;
};

/** Looks at the string without its line breaks, and maps what it finds back. */
function addSplit(spans: Span[], text: string): void {
  const places: number[] = [];
  let joined = '';
  let from = 0;
  for (const { 0: lineBreak, index } of text.matchAll(LINE_BREAK)) {
    for (let i = from; i < index; i++) places.push(i);
    joined += text.slice(from, index);
    from = index + lineBreak.length;
  }
  for (let i = from; i < text.length; i++) places.push(i);
  joined += text.slice(from);
  addForms(spans, joined, true, (i) => places[i] as number);
}

function merged(spans: Span[]): readonly Span[] {
  if (spans.length < 2) return spans;
  spans.sort(([a], [b]) => a - b);
  const result: [number, number][] = [];
  for (const [start, end] of spans) {
    const last = result.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
