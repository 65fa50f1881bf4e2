import {
  PythonDate,
  PythonDateTime,
  PythonDecimal,
  PythonFloat,
  PythonTime,
  PythonTimeDelta,
  PythonUuid,
} from '@kaizen-eatp/bridge-python';

/** A value with its Python type, as `protocol/README.md` describes it. */
export type Typed = { readonly [type: string]: unknown };

const TEXTS = {
  datetime: PythonDateTime,
  date: PythonDate,
  time: PythonTime,
  timedelta: PythonTimeDelta,
  decimal: PythonDecimal,
  uuid: PythonUuid,
} as const;

/** The TypeScript value for it: the form in which it is sent. */
export function fromTyped(typed: Typed): unknown {
  const [[type, content]] = Object.entries(typed) as [[string, never]];
  switch (type) {
    case 'null':
      return null;
    case 'bool':
    case 'str':
      return content;
    case 'int': {
      const exact = BigInt(content);
      const short = Number(content);
      return Math.abs(short) <= 2 ** 53 && BigInt(short) === exact ? short : exact;
    }
    case 'float':
      return new PythonFloat(numberOf(content));
    case 'bytes':
      return Buffer.from(content, 'hex');
    case 'list':
      return (content as Typed[]).map(fromTyped);
    case 'map': {
      const pairs = (content as [Typed, Typed][]).map(([k, v]) => [fromTyped(k), fromTyped(v)] as const);
      const isPlain = pairs.every(([k]) => typeof k === 'string' && k !== '__proto__');
      return isPlain ? Object.fromEntries(pairs) : new Map(pairs);
    }
    default:
      return new TEXTS[type as keyof typeof TEXTS](content);
  }
}

const SPECIAL: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };
const numberOf = (text: string): number => SPECIAL[text] ?? Number(text);

/** The same value as TypeScript receives it: a float is a number there like any other. */
export function received(typed: Typed): unknown {
  const [[type, content]] = Object.entries(typed) as [[string, never]];
  if (type === 'float') return numberOf(content);
  if (type === 'list') return (content as Typed[]).map(received);
  if (type !== 'map') return fromTyped(typed);
  const pairs = (content as [Typed, Typed][]).map(([k, v]) => [received(k), received(v)] as const);
  const isPlain = pairs.every(([k]) => typeof k === 'string' && k !== '__proto__');
  return isPlain ? Object.fromEntries(pairs) : new Map(pairs);
}
