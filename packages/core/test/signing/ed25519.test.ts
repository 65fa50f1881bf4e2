import { EatpError, generateKeyPair } from '@kaizen-eatp/core';
import {
  importPrivateKey,
  importPublicKey,
  publicKeyOf,
  signText,
  verifySignature,
} from '@kaizen-eatp/core/records';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// RFC 8032, section 7.1, test 1: the empty message.
const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString(
  'base64',
);
const publicKey = Buffer.from(
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  'hex',
).toString('base64');
const key = importPrivateKey(seed);
const signature = signText('the deed', key);

const BAD_KEYS: readonly (readonly [string, unknown])[] = [
  ['31 bytes', Buffer.alloc(31, 1).toString('base64')],
  ['33 bytes', Buffer.alloc(33, 1).toString('base64')],
  ['64 bytes', Buffer.alloc(64, 1).toString('base64')],
  ['nothing', ''],
  ['hex', Buffer.alloc(32, 1).toString('hex')],
  ['base64url', Buffer.alloc(32, 0xff).toString('base64url')],
  ['base64 without its padding', seed.slice(0, -1)],
  ['base64 with a line feed', `${seed}\n`],
  ['base64 whose spare bits are set', `${seed.slice(0, -2)}B=`],
  ['not base64', '!'.repeat(44)],
  ['undefined', undefined],
  ['null', null],
  ['a number', 32],
  ['bytes', new Uint8Array(32)],
  ['an array', [1, 2]],
  ['an object', { length: 32 }],
  ['a function', () => seed],
  ['a symbol', Symbol('key')],
  ['a bigint', 1n],
  ['true', true],
];

describe('Ed25519', () => {
  it('agrees with RFC 8032', () => {
    expect(publicKeyOf(key)).toBe(publicKey);
    expect(Buffer.from(signText('', key), 'base64').toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it.each(BAD_KEYS)('refuses %s as a private and as a public key', (_what, bad) => {
    for (const use of [importPrivateKey, importPublicKey]) {
      expect(() => use(bad as never)).toThrow(
        expect.objectContaining({ code: 'BAD_KEY', expected: 'base64 of 32 bytes' }),
      );
    }
  });

  it('does not print a private key that it refuses', () => {
    const secret = Buffer.alloc(33, 7).toString('base64');
    try {
      importPrivateKey(secret);
      expect.unreachable();
    } catch (error) {
      expect((error as EatpError).message).not.toContain(secret.slice(0, 8));
      expect((error as EatpError).received).toBe('base64 of 33 bytes');
    }
  });

  it('makes keys that sign and verify', () => {
    const pair = generateKeyPair();
    expect(publicKeyOf(importPrivateKey(pair.privateKey))).toBe(pair.publicKey);
    expect(generateKeyPair().privateKey).not.toBe(pair.privateKey);
    const made = signText('hé', importPrivateKey(pair.privateKey));
    expect(verifySignature('hé', made, pair.publicKey)).toBe(true);
    expect(verifySignature('he', made, pair.publicKey)).toBe(false);
    expect(verifySignature('hé', made, publicKey)).toBe(false);
  });

  it('refuses a signature of which any bit was changed', () => {
    const bytes = Buffer.from(signature, 'base64');
    for (let bit = 0; bit < 512; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(verifySignature('the deed', changed.toString('base64'), publicKey), `bit ${bit}`).toBe(false);
    }
  });

  it('refuses another spelling of the same signature', () => {
    const bytes = Buffer.from(signature, 'base64');
    const lastDigit = signature.at(-3) as string;
    const spare = String.fromCharCode(lastDigit.charCodeAt(0) + 1);
    const others = [
      `${signature}\n`,
      ` ${signature}`,
      signature.slice(0, -2),
      signature.slice(0, -1),
      `${signature}=`,
      `${signature.slice(0, -3)}${spare}==`,
      `${signature.slice(0, 40)}\n${signature.slice(40)}`,
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ];
    for (const other of others) {
      expect(other).not.toBe(signature);
      expect(verifySignature('the deed', other, publicKey), other).toBe(false);
    }
    expect(verifySignature('the deed', signature, publicKey)).toBe(true);
  });

  it('refuses a signature in which any character was replaced', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: signature.length - 1 }),
        fc.string({ minLength: 1, maxLength: 1 }),
        (at, char) => {
          fc.pre(signature[at] !== char);
          const changed = signature.slice(0, at) + char + signature.slice(at + 1);
          expect(verifySignature('the deed', changed, publicKey)).toBe(false);
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  it('refuses S + L, which stands for the same point', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = Buffer.from(signature, 'base64');
    const s = [...bytes.subarray(32)].reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n) + order;
    for (let i = 0; i < 32; i++) bytes[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
    expect(verifySignature('the deed', bytes.toString('base64'), publicKey)).toBe(false);
  });

  it.each([undefined, null, 5, {}, [], true, new Uint8Array(64), Symbol('s')])(
    'takes a signature of the wrong type for none (%s)',
    (bad) => {
      expect(verifySignature('the deed', bad as never, publicKey)).toBe(false);
    },
  );

  it.each(BAD_KEYS)('throws BAD_KEY when verifying under %s', (_what, bad) => {
    expect(() => verifySignature('the deed', signature, bad as never)).toThrow(EatpError);
  });
});

describe('a public key of small order', () => {
  const p = (first: string): string => `${first}${'ff'.repeat(30)}7f`;
  const points = [
    ...['00'.repeat(32), `01${'00'.repeat(31)}`, p('ec'), p('ed'), p('ee')],
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  ];

  it.each(points)('is refused, with and without its sign: %s', (hex) => {
    for (const sign of [0, 0x80]) {
      const bytes = Buffer.from(hex, 'hex');
      bytes[31] = (bytes[31] as number) | sign;
      const weak = bytes.toString('base64');
      // The neutral element, and 0: under the neutral element as the key, this signs every text.
      const forged = Buffer.alloc(64);
      forged[0] = 1;
      for (const use of [
        () => importPublicKey(weak),
        () => verifySignature('anything', forged.toString('base64'), weak),
      ])
        expect(use).toThrow(expect.objectContaining({ code: 'BAD_KEY' }));
    }
  });
});
