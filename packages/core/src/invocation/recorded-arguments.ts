import { type CapturedValue, frozenCopy } from '../values/index.js';
import { canonicalJson, type JsonValue, sha256Hex, toJsonValue } from '../wire/index.js';
import { redact } from '../wire/redaction.js';

/** What a record says of a tool's arguments. */
export interface RecordedArguments {
  /** Free of what looks like a secret, and bounded in size. */
  readonly value: JsonValue;
  /** Of the value: a digest of the arguments themselves would let secrets be guessed. */
  readonly digest: string;
}

/** A copy of a tool's arguments that may go into a signed, lasting record. */
export function recordedArguments(args: CapturedValue): RecordedArguments {
  const value = toRecordable(args);
  return { value, digest: sha256Hex(canonicalJson(value)) };
}

function toRecordable(args: CapturedValue): JsonValue {
  if (args.isOpaque) return '[opaque]';
  try {
    return toJsonValue(redact(frozenCopy(args)));
  } catch {
    return '[not representable]';
  }
}
