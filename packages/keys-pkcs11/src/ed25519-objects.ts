import type { Attribute } from './binding.js';

// PKCS#11 3.0 names these for Ed25519, which pkcs11js does not.
/** Generates a key pair on an Edwards curve. */
export const EDWARDS_KEY_PAIR_GEN = 0x1055;
/** Signs with EdDSA. */
export const EDDSA = 0x1057;

/** The object identifier of Ed25519 (RFC 8410), as DER. */
const ED25519 = Buffer.from('06032b6570', 'hex');

const CKA = { CLASS: 0x0, TOKEN: 0x1, PRIVATE: 0x2, LABEL: 0x3, ID: 0x102 } as const;
const SENSITIVE = 0x103;
const SIGN = 0x108;
const VERIFY = 0x10a;
const EXTRACTABLE = 0x162;
const EC_PARAMS = 0x180;

/** The attribute with the public key. */
export const EC_POINT = 0x181;
/** The attribute that is the same for both halves of a key pair. */
export const ID = CKA.ID;

const CLASSES = { public: 2, private: 3 } as const;

/** The attributes of the objects of a key: both halves carry its id as their label. */
export const keyTemplate = (half: keyof typeof CLASSES, keyId: string, id?: Buffer): Attribute[] => [
  { type: CKA.CLASS, value: CLASSES[half] },
  { type: CKA.TOKEN, value: true },
  { type: CKA.LABEL, value: keyId },
  ...(id ? [{ type: CKA.ID, value: id }] : []),
];

/** The attributes of a new public key. */
export const newPublicKey = (keyId: string, id: Buffer): Attribute[] => [
  ...keyTemplate('public', keyId, id),
  { type: CKA.PRIVATE, value: false },
  { type: VERIFY, value: true },
  { type: EC_PARAMS, value: ED25519 },
];

/** The attributes of a new private key, which never leaves the module. */
export const newPrivateKey = (keyId: string, id: Buffer): Attribute[] => [
  ...keyTemplate('private', keyId, id),
  { type: CKA.PRIVATE, value: true },
  { type: SENSITIVE, value: true },
  { type: EXTRACTABLE, value: false },
  { type: SIGN, value: true },
];

/** The attribute with the content of a data object. */
export const VALUE = 0x11;

/** The attributes of the claim of a process that is about to generate a key: a small data object. */
export const claimTemplate = (keyId: string, value?: Buffer): Attribute[] => [
  { type: CKA.CLASS, value: 0 },
  { type: CKA.TOKEN, value: true },
  { type: CKA.PRIVATE, value: true },
  { type: CKA.LABEL, value: `kaizen-eatp claim ${keyId}` },
  ...(value ? [{ type: VALUE, value }] : []),
];

/** Returns the public key in an attribute EC_POINT, as base64 of 32 bytes; undefined if it is no Ed25519 key. */
export function publicKeyOf(point: Buffer): string | undefined {
  // A DER octet string around the 32 bytes; some modules leave the wrapping out.
  const raw = point.length === 34 && point.readUInt16BE(0) === 0x0420 ? point.subarray(2) : point;
  return raw.length === 32 ? raw.toString('base64') : undefined;
}
