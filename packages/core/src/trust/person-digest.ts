import { type HumanOrigin, humanOriginCodec } from '../chain/index.js';
import { canonicalJson, type JsonObject, sha256Hex } from '../wire/index.js';

/** The digest that a record signs in place of a person's origin. Without the salt it cannot be guessed. */
export const originDigest = (salt: string, origin: HumanOrigin): string =>
  sha256Hex(originText(salt, origin));

/** The canonical JSON that the digest of a person's origin covers. It discloses who the person is. */
export const originText = (salt: string, origin: HumanOrigin): string =>
  canonicalJson({ salt, origin: humanOriginCodec.encode(origin) as JsonObject });
