import { canonicalJson, compareCodePoints, numberLiteral, pythonFloat } from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteByUnit } from '../../src/wire/quote.js';

const SHORT: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Slow, and plain enough to be checked by reading. */
function quoteSlowly(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text[i] as string;
    const code = text.charCodeAt(i);
    const isPlain = code >= 0x20 && code < 0x7f && unit !== '"' && unit !== '\\';
    out += isPlain ? unit : (SHORT[unit] ?? `\\u${code.toString(16).padStart(4, '0')}`);
  }
  return `"${out}"`;
}

function writeSlowly(value: unknown): string {
  if (typeof value === 'string') return quoteSlowly(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? `${value}` : floatSlowly(value);
  if (typeof value !== 'object' || value === null) return `${value}`;
  if (Array.isArray(value)) return `[${value.map(writeSlowly).join(',')}]`;
  const keys = Object.keys(value).sort(compareCodePoints);
  return `{${keys.map((key) => `${quoteSlowly(key)}:${writeSlowly((value as never)[key])}`).join(',')}}`;
}

function floatSlowly(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${sign}${digits}${'0'.repeat(exponent + 1 - digits.length)}.0`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const unit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0, max: 0x80 }),
  fc.constantFrom(0x22, 0x5c, 0x0a, 0xd800, 0xdfff, 0xffff),
);
/** Any UTF-16 units, lone surrogates among them, of lengths around those at which the way of writing changes. */
const anyText = fc
  .tuple(fc.array(unit, { maxLength: 12 }), fc.constantFrom(1, 1, 3, 20, 700), fc.string({ maxLength: 9 }))
  .map(([units, times, end]) => String.fromCharCode(...units).repeat(times) + end);

describe('canonicalJson writes what a slow and simple writer writes', () => {
  it('for every UTF-16 unit, alone and in a long string', () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
    expect(canonicalJson(all)).toBe(writeSlowly(all));
    expect(canonicalJson(all.join(''))).toBe(quoteSlowly(all.join('')));
    expect(quoteByUnit(all.join(''))).toBe(quoteSlowly(all.join('')));
  });

  it('for strings of any length', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(canonicalJson(text)).toBe(quoteSlowly(text));
        expect(quoteByUnit(text)).toBe(quoteSlowly(text));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('for strings that stop at, before and behind the border of a chunk', () => {
    for (const length of [63, 64, 8_190, 8_191, 8_192, 8_193, 16_384, 16_385]) {
      for (const text of ['漢'.repeat(length), '\n'.repeat(length), `${'a'.repeat(length - 1)}é`])
        expect(canonicalJson(text)).toBe(quoteSlowly(text));
    }
  });

  it('for objects with any keys, and any numbers', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const tree = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, double, fc.boolean(), anyText, tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(fc.oneof(anyText, fc.string({ unit: 'binary' })), tie('value'), { maxKeys: 5 }),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        expect(canonicalJson(value as never)).toBe(writeSlowly(value));
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('for doubles of all sizes', () => {
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, n);
      return view.getFloat64(0);
    });
    const sizes = fc
      .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -8, max: 24 }))
      .map(([mantissa, exponent]) => mantissa * 10 ** exponent);
    fc.assert(
      fc.property(fc.oneof(bits.filter(Number.isFinite), sizes), (value) => {
        expect(pythonFloat(value, '$')).toBe(floatSlowly(value));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('and number literals among them stay as they were written', () => {
    expect(canonicalJson({ é: numberLiteral('1.0'), a: '漢'.repeat(70) })).toBe(
      `{"a":"${'\\u6f22'.repeat(70)}","\\u00e9":1.0}`,
    );
  });
});
