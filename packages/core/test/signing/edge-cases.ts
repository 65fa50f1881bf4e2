import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

const { Point } = ed25519;
type Point = InstanceType<typeof Point>;
const ORDER = Point.Fn.ORDER;

/** A signature that implementations of Ed25519 disagree about, and what every half of core says about it. */
export interface EdgeCase {
  readonly name: string;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly text: string;
  readonly expected: 'valid' | 'invalid' | 'BAD_KEY';
}

const number = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const bytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const times = (scalar: bigint): Point => Point.BASE.multiplyUnsafe(scalar % ORDER);

/** The eight points of a small order. */
const TORSION: readonly Point[] = Array.from({ length: 8 }, (_, i) =>
  Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a').multiplyUnsafe(BigInt(i)),
);
/** Other encodings of points of a small order, which a lax decoder accepts. */
const SECOND_FORMS: readonly Uint8Array[] = [
  ...['01', 'ec', 'ed', 'ee'].flatMap((first) =>
    (first === '01' ? ['80'] : first === 'ec' ? ['ff'] : ['7f', 'ff']).map((last) =>
      hex(`${first}${(first === '01' ? '00' : 'ff').repeat(30)}${last}`),
    ),
  ),
  hex(`${'00'.repeat(31)}80`),
];

const challengeOf = (r: Uint8Array, key: Uint8Array, text: string): bigint =>
  number(createHash('sha512').update(r).update(key).update(text).digest()) % ORDER;

/** Signs with whatever key and commitment, as only the owner of the key can. */
function signed(secret: bigint, key: Uint8Array, nonce: bigint, r: Uint8Array, text: string): Uint8Array {
  const s = (nonce + challengeOf(r, key, text) * secret) % ORDER;
  return Uint8Array.from([...r, ...bytes(s)]);
}

const secret = 0x1234_5678_9abc_def0_1234_5678_9abc_def1n;
const nonce = 0x0fed_cba9_8765_4321_0fed_cba9_8765_4321n;
const honest = times(secret).toBytes();

function* mixedOrders(): Generator<EdgeCase> {
  for (const [i, ofKey] of TORSION.entries())
    for (const [j, ofR] of TORSION.entries()) {
      const key = times(secret).add(ofKey).toBytes();
      const r = times(nonce).add(ofR).toBytes();
      // Without the cofactor the equation holds for some strings only: enough of them are tried for both results.
      for (let n = 0; n < 12; n++) {
        const text = `text ${n}`;
        const rest = ofR.add(ofKey.multiplyUnsafe(challengeOf(r, key, text)));
        yield {
          ...{ name: `a key with torsion ${i}, R with ${j}, ${text}`, key, text },
          signature: signed(secret, key, nonce, r, text),
          expected: rest.is0() ? 'valid' : 'invalid',
        };
      }
    }
}

function* smallOrders(): Generator<EdgeCase> {
  const encodings = [...TORSION.map((point) => point.toBytes()), ...SECOND_FORMS];
  for (const point of encodings) {
    const name = Buffer.from(point).toString('hex');
    for (let n = 0; n < 9; n++) {
      const text = `text ${n}`;
      // Under such a key R = sB is a signature of every text that has the right challenge, or of all.
      yield {
        ...{ name: `a key of small order ${name}, ${text}`, key: point, text, expected: 'BAD_KEY' },
        signature: Uint8Array.from([...times(nonce).toBytes(), ...bytes(nonce % ORDER)]),
      };
      yield {
        ...{ name: `R of small order ${name}, ${text}`, key: honest, text, expected: 'invalid' },
        signature: signed(secret, honest, 0n, point, text),
      };
      yield {
        ...{ name: `both of small order ${name}, ${text}`, key: point, text, expected: 'BAD_KEY' },
        signature: Uint8Array.from([...point, ...bytes(0n)]),
      };
    }
  }
}

function* largeScalars(): Generator<EdgeCase> {
  const text = 'text';
  const good = signed(secret, honest, nonce, times(nonce).toBytes(), text);
  const s = number(good.subarray(32));
  yield { name: 'an honest signature', key: honest, text, signature: good, expected: 'valid' };
  for (let multiple = 1n; s + multiple * ORDER < 1n << 256n; multiple++)
    yield {
      ...{ name: `S + ${multiple}L`, key: honest, text, expected: 'invalid' },
      signature: Uint8Array.from([...good.subarray(0, 32), ...bytes(s + multiple * ORDER)]),
    };
  for (const scalar of [0n, ORDER - 1n, ORDER, (1n << 256n) - 1n])
    yield {
      ...{ name: `S = ${scalar}`, key: honest, text, expected: 'invalid' },
      signature: Uint8Array.from([...good.subarray(0, 32), ...bytes(scalar)]),
    };
  for (let bit = 0; bit < 512; bit += 7) {
    const signature = Uint8Array.from(good);
    signature[bit >> 3] = (signature[bit >> 3] as number) ^ (1 << (bit & 7));
    yield { name: `bit ${bit} changed`, key: honest, text, signature, expected: 'invalid' };
  }
}

/** Keys whose number is the prime or more, and bytes that are no point at all. */
function* strangeKeys(): Generator<EdgeCase> {
  const text = 'text';
  const signature = signed(secret, honest, nonce, times(nonce).toBytes(), text);
  for (let low = 0xed; low <= 0xff; low++)
    for (const last of [0x7f, 0xff]) {
      const key = Uint8Array.from([low, ...Array(30).fill(0xff), last]);
      yield { name: `a key that is p + ${low - 0xed}, ${last}`, key, text, signature, expected: 'BAD_KEY' };
    }
  for (let first = 2; first < 12; first++) {
    const key = Uint8Array.from([first, ...Array(31).fill(0)]);
    yield { name: `bytes without a known private key, ${first}`, key, text, signature, expected: 'invalid' };
  }
}

/** The kinds of cases in "Taming the many EdDSAs", and their neighbours. */
export const EDGE_CASES: readonly EdgeCase[] = [
  ...largeScalars(),
  ...strangeKeys(),
  ...smallOrders(),
  ...mixedOrders(),
];

/** Returns the verdict of a half of core on a case. */
export function verdictOn(
  { key, signature, text }: EdgeCase,
  verifySignature: (text: string, signature: string, publicKey: string) => boolean,
): string {
  try {
    return verifySignature(text, base64(signature), base64(key)) ? 'valid' : 'invalid';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

export const base64 = (of: Uint8Array): string => Buffer.from(of).toString('base64');
