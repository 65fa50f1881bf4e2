/** Bytes with the members of Node's Buffer that the verifier uses. */
export class Bytes extends Uint8Array {
  static override from(source: unknown, encoding?: unknown): Bytes {
    if (typeof source === 'string') return Bytes.#of(bytesOf(source, String(encoding ?? 'utf8')));
    if (source instanceof ArrayBuffer) return Bytes.#of(new Uint8Array(source));
    return Bytes.#of(Uint8Array.from(source as ArrayLike<number>));
  }

  static alloc(length: number): Bytes {
    return new Bytes(length);
  }

  static byteLength(source: string): number {
    return new TextEncoder().encode(source).length;
  }

  static concat(parts: readonly Uint8Array[]): Bytes {
    const all = new Bytes(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  static #of(bytes: Uint8Array): Bytes {
    const buffer = new Bytes(bytes.length);
    buffer.set(bytes);
    return buffer;
  }

  override toString(encoding = 'utf8'): string {
    if (encoding === 'hex') return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('');
    if (encoding === 'base64') return btoa(Array.from(this, (byte) => String.fromCharCode(byte)).join(''));
    return new TextDecoder().decode(this);
  }
}

function bytesOf(text: string, encoding: string): Uint8Array {
  if (encoding === 'hex')
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (encoding !== 'base64') return new TextEncoder().encode(text);
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** Node's Buffer, for browsers. Not a function: core looks for that to find out whether it runs on Node. */
export const Buffer = {
  from: (source: unknown, encoding?: unknown): Bytes => Bytes.from(source, encoding),
  alloc: (length: number): Bytes => Bytes.alloc(length),
  concat: (parts: readonly Uint8Array[]): Bytes => Bytes.concat(parts),
  byteLength: (text: string): number => Bytes.byteLength(text),
  isBuffer: (value: unknown): boolean => value instanceof Bytes,
};
