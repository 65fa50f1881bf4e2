import { UnsupportedValueError } from '../errors/index.js';

// CPython refuses to read or print a longer integer (sys.int_info.default_max_str_digits).
const MAX_INTEGER_DIGITS = 4300;

/** A double as Python's `repr` prints it: `1.0`, `1e-05`, `-0.0`, `1e+22`. Refuses NaN and infinities. */
export function pythonFloat(value: number, path: string): string {
  if (!Number.isFinite(value)) {
    throw new UnsupportedValueError(path, {
      expected: 'a finite number',
      received: String(value),
      remedy: 'Use null or a string instead, or remove the value.',
    });
  }
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  // Here both languages write the same shortest digits without an exponent.
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16 && !Number.isInteger(value)) return String(value);
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

/**
 * A JavaScript number as its canonical text. A safe integer is an `int`; any other number is a `float`, since beyond
 * 2^53 a JavaScript number is not an exact integer (pass a BigInt for those).
 */
export function canonicalNumber(value: number, path: string): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : pythonFloat(value, path);
}

/** A number literal read from JSON, as Python would print the number that it read. */
export function canonicalNumberLiteral(literal: string, path: string): string {
  if (/[.eE]/.test(literal)) return pythonFloat(Number(literal), path);
  if (literal.replace('-', '').length > MAX_INTEGER_DIGITS) {
    throw new UnsupportedValueError(path, {
      expected: `an integer of at most ${MAX_INTEGER_DIGITS} digits`,
      received: `an integer of ${literal.length} characters`,
      remedy: 'Use a string: Python cannot read a longer integer.',
    });
  }
  return literal === '-0' ? '0' : literal;
}
