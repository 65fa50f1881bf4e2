import type { JsonObject, JsonValue } from '../wire/index.js';
import { REDACTED, redactText } from './redaction.js';

/**
 * Redacts a string after the built-in redaction. Must return the same for what it has returned, since a string can pass
 * twice. A string for which it throws, or returns no string, is not recorded at all.
 */
export type RedactHook = (text: string) => string;

/** The fields of an anchor's context that only hold ids, digests, names and numbers of ours. */
const OURS: ReadonlySet<string> = new Set([
  ...['attempt', 'authority_id', 'delegatee_id', 'delegation_id', 'delegations', 'entries', 'initiator_id'],
  ...['input_digest', 'invocation_id', 'method', 'nested_runs', 'outcome', 'outer_invocation', 'outer_run'],
  ...['output_digest', 'pattern', 'person', 'started', 'started_at', 'subject_agent_id', 'task_id', 'trail'],
  ...['unenforced_constraints', 'value_digest'],
]);

/** Redacts a string, by the list of forms and by the hook of the deployment. */
export function redactedText(text: string, hook: RedactHook | undefined): string {
  return hooked(redactText(text), hook);
}

/** Applies the hook to all strings of an anchor's context except ids and digests. */
export function hookedContext(context: JsonObject, hook: RedactHook | undefined): JsonObject {
  if (!hook) return context;
  return Object.fromEntries(
    Object.entries(context).map(([name, value]) => [name, OURS.has(name) ? value : hookedValue(value, hook)]),
  ) as JsonObject;
}

/** Applies the hook to all strings in a value. */
export function hookedValue(value: JsonValue, hook: RedactHook | undefined): JsonValue {
  if (!hook) return value;
  if (typeof value === 'string') return hooked(value, hook);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => hookedValue(item, hook));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, item]) => [name, hookedValue(item, hook)]),
  ) as JsonObject;
}

function hooked(text: string, hook: RedactHook | undefined): string {
  if (!hook) return text;
  try {
    const redacted: unknown = hook(text);
    return typeof redacted === 'string' ? redacted : REDACTED;
  } catch {
    return REDACTED;
  }
}
