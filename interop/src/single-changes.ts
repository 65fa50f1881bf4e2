import {
  isJsonObject,
  isNumberLiteral,
  type JsonValue,
  numberLiteral,
  parseJson,
  writeJson,
} from '@kaizen-eatp/core/records';

/** A JSON text with one thing in it changed. */
export interface SingleChange {
  /** Where, for instance `capabilities[0].scope.max`. */
  readonly path: string;
  /** The kind of change: `changed`, `number form`, `removed`, … */
  readonly how: string;
  /** What stood there. */
  readonly before: JsonValue;
  readonly text: string;
}

interface Changed extends Omit<SingleChange, 'text'> {
  readonly after: JsonValue;
}

/** The members of the closed sets in a record, so that a change stays a record that can be read. */
const OTHER_MEMBER: Readonly<Record<string, readonly string[]>> = {
  authority_type: ['organization', 'system', 'human'],
  capability_type: ['access', 'action', 'delegation'],
  constraint_type: ['financial', 'operational', 'data_access'],
  confidentiality: ['public', 'restricted', 'confidential'],
  result: ['success', 'failure', 'denied', 'partial'],
};
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const SIGNATURE = /^[A-Za-z0-9+/]{86}==$/;
const SECONDS = '2026-01-02T03:04:0'.length;

/** Every value of a JSON text changed, one at a time: each string, number, flag and null, each list and object. */
export function* singleChanges(text: string): Generator<SingleChange> {
  for (const { after, ...change } of changesOf(parseJson(text), ''))
    yield { ...change, text: writeJson(after) };
}

function* changesOf(value: JsonValue, path: string): Generator<Changed> {
  const here = (how: string, after: JsonValue): Changed => ({ path, how, before: value, after });
  if (value === null) yield here('filled', /expires_at$/.test(path) ? '2098-01-01T00:00:00+00:00' : 'x');
  else if (typeof value === 'boolean') yield here('changed', !value);
  else if (typeof value === 'string') yield* changesOfText(value, path, here);
  else if (typeof value === 'number' || isNumberLiteral(value)) yield* changesOfNumber(value, here);
  else if (Array.isArray(value)) yield* changesOfList(value, path, here);
  else if (isJsonObject(value)) yield* changesOfObject(Object.entries(value), path, here);
}

type Here = (how: string, after: JsonValue) => Changed;

function* changesOfText(value: string, path: string, here: Here): Generator<Changed> {
  const key = path.slice(path.lastIndexOf('.') + 1);
  const other = OTHER_MEMBER[key]?.find((member) => member !== value);
  if (other !== undefined) yield here('changed', other);
  else if (TIMESTAMP.test(value)) {
    const digit = value[SECONDS] === '0' ? '1' : '0';
    yield here('changed', value.slice(0, SECONDS) + digit + value.slice(SECONDS + 1));
    if (key === 'expires_at') yield here('emptied', null);
  } else if (SIGNATURE.test(value)) {
    const bytes = Buffer.from(value, 'base64');
    bytes[10] = (bytes[10] as number) ^ 1;
    yield here('bit flipped', bytes.toString('base64'));
    yield here('emptied', '');
  } else {
    yield here('changed', `${value}x`);
    if (value.toUpperCase() !== value) yield here('case', value.toUpperCase());
  }
}

function* changesOfNumber(value: JsonValue, here: Here): Generator<Changed> {
  const literal = isNumberLiteral(value) ? value.rawJSON : String(value);
  if (/^-?\d+$/.test(literal)) {
    yield here('changed', numberLiteral(String(BigInt(literal) + 1n)));
    yield here('number form', numberLiteral(`${literal}.0`));
    return;
  }
  yield here('changed', numberLiteral(literal.startsWith('-') ? literal.slice(1) : `-${literal}`));
  if (Number.isInteger(Number(literal)))
    yield here('number form', numberLiteral(String(BigInt(Number(literal)))));
}

function* changesOfList(items: readonly JsonValue[], path: string, here: Here): Generator<Changed> {
  for (const [i, item] of items.entries()) {
    for (const inner of changesOf(item, `${path}[${i}]`))
      yield { ...inner, after: items.with(i, inner.after) };
    yield { ...here('item removed', items.toSpliced(i, 1)), path: `${path}[${i}]` };
  }
  yield here('item added', [...items, items.at(-1) ?? 'x']);
}

function* changesOfObject(
  entries: readonly [string, JsonValue][],
  path: string,
  here: Here,
): Generator<Changed> {
  for (const [i, [key, item]] of entries.entries()) {
    const inside = path === '' ? key : `${path}.${key}`;
    for (const inner of changesOf(item, inside)) {
      yield { ...inner, after: Object.fromEntries(entries.with(i, [key, inner.after])) };
    }
    yield { path: inside, how: 'removed', before: item, after: Object.fromEntries(entries.toSpliced(i, 1)) };
  }
  yield here('key added', Object.fromEntries([...entries, ['added', 0]]));
}
