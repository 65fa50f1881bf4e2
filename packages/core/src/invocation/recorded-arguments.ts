import { hookedValue, type RedactHook } from '../secrets/redact-hook.js';
import { redact } from '../secrets/redaction.js';
import { type CapturedValue, frozenCopy, textOfInstance } from '../values/index.js';
import { canonicalJson, type JsonValue, sha256Hex, toJsonValue } from '../wire/index.js';
import type { Actor, Tool } from './actor.js';

/** A tool's arguments, as a record has them. */
export interface RecordedArguments {
  /** The arguments without anything that looks like a secret, bounded in size. */
  readonly value: JsonValue;
  /** The digest of `value`. A digest of the original arguments would make secrets guessable. */
  readonly digest: string;
}

/** Returns a copy of a tool's arguments that can go into a signed, lasting record. */
export function recordedArguments(args: CapturedValue, hook: RedactHook | undefined): RecordedArguments {
  const value = hookedValue(toRecordable(args), hook);
  return { value, digest: sha256Hex(canonicalJson(value)) };
}

function toRecordable(args: CapturedValue): JsonValue {
  if (args.isOpaque) return '[opaque]';
  try {
    return toJsonValue(redact(frozenCopy(args), textOfInstance));
  } catch {
    return '[not representable]';
  }
}

/** A tool call: the recorded form of its arguments holds no secrets. */
export function toolWork(actor: Actor, tool: Tool, input: CapturedValue) {
  const recorded = recordedArguments(input, actor.deployment.settings.redact);
  return {
    actor,
    input,
    action: tool.capability,
    by: { tool },
    resource: `tool:${tool.name}`,
    details: { tool: tool.name, arguments: recorded.value },
    inputDigest: recorded.digest,
  } as const;
}
