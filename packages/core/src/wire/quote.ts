/**
 * Writes a JSON string of ASCII characters only, as Python's `json.dumps` does: the short escapes
 * `\" \\ \b \f \n \r \t`, and `\uXXXX` for every other control character and for all above `~`.
 */
export function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return text.length < MIN_TABLE_LENGTH || !CAN_USE_TABLE ? quoteByUnit(text) : quoteByTable(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that need an escape
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\u007f-\uffff]/;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const ASCII = Array.from({ length: 128 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  return NEEDS_ESCAPE.test(char) ? (SHORT[char] ?? `\\u00${HEX[unit]}`) : char;
});

const written = (unit: number): string =>
  unit < 128 ? (ASCII[unit] as string) : `\\u${HEX[unit >> 8]}${HEX[unit & 0xff]}`;

/** Quotes one unit after the other: works on every platform and is faster for short strings. */
export function quoteByUnit(text: string): string {
  let out = '"';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 127 && unit > 31 && unit !== 34 && unit !== 92) continue;
    out += (start < i ? text.slice(start, i) : '') + written(unit);
    start = i + 1;
  }
  return `${out}${text.slice(start)}"`;
}

// The table holds units as the machine has them in memory, and writes them little-endian.
const CAN_USE_TABLE = typeof Buffer === 'function' && new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const MIN_TABLE_LENGTH = 64;
const CHUNK = 8_192;
const WIDTH = 8;

interface Table {
  /** For each UTF-16 unit, its escape as the eight bytes of a double, padded with zeros. */
  readonly escapes: Float64Array;
  /** For each UTF-16 unit, how many of these bytes count. */
  readonly lengths: Uint8Array;
  readonly units: Uint16Array;
  readonly unitBytes: Buffer;
  readonly out: Buffer;
  readonly outView: DataView;
}

let table: Table | undefined;

function newTable(): Table {
  const escapes = new Float64Array(0x10000);
  const lengths = new Uint8Array(0x10000);
  const bytes = Buffer.from(escapes.buffer);
  for (let unit = 0; unit < 0x10000; unit++)
    lengths[unit] = bytes.write(written(unit), unit * WIDTH, 'latin1');
  const units = new Uint16Array(CHUNK);
  const out = Buffer.allocUnsafeSlow(CHUNK * 6 + WIDTH);
  return {
    escapes,
    lengths,
    units,
    unitBytes: Buffer.from(units.buffer),
    out,
    outView: new DataView(out.buffer, out.byteOffset, out.byteLength),
  };
}

/**
 * Copies each unit's escape from a table, eight bytes at a time whatever its length: the next one overwrites the
 * padding. A concatenation for each unit costs a hundred times as much.
 */
function quoteByTable(text: string): string {
  table ??= newTable();
  let quoted = '"';
  for (let start = 0; start < text.length; start += CHUNK) {
    const chunk = text.length <= CHUNK ? text : text.slice(start, start + CHUNK);
    const count = table.unitBytes.write(chunk, 0, 'utf16le') >> 1;
    quoted += table.out.toString('latin1', 0, writeEscapes(table, count));
  }
  return `${quoted}"`;
}

/** Returns the number of bytes it wrote to the table's `out`. */
function writeEscapes({ escapes, lengths, units, outView }: Table, count: number): number {
  let at = 0;
  let i = 0;
  while (i < count) {
    // Four in a row beyond ASCII: their places are known without looking up how long the one before is.
    while (i + 3 < count) {
      const a = units[i] as number;
      const b = units[i + 1] as number;
      const c = units[i + 2] as number;
      const d = units[i + 3] as number;
      if (a < 128 || b < 128 || c < 128 || d < 128) break;
      outView.setFloat64(at, escapes[a] as number, true);
      outView.setFloat64(at + 6, escapes[b] as number, true);
      outView.setFloat64(at + 12, escapes[c] as number, true);
      outView.setFloat64(at + 18, escapes[d] as number, true);
      at += 24;
      i += 4;
    }
    for (const end = Math.min(count, i + 32); i < end; i++) {
      const unit = units[i] as number;
      outView.setFloat64(at, escapes[unit] as number, true);
      at += lengths[unit] as number;
    }
  }
  return at;
}
