import * as z from 'zod';
import { hasLength } from '../chain/fields.js';
import {
  CAPABILITY_TYPES,
  type CapabilityType,
  type HumanOrigin,
  isConfidence,
  type ReasoningTrace,
} from '../chain/index.js';
import {
  idField,
  isWellFormedId,
  type JsonObject,
  jsonField,
  jsonObjectField,
  TIMESTAMP_PATTERN,
  textField,
  timestampToMillis,
} from '../wire/index.js';
import { CAPABILITY_RULE, isCapabilityName } from './verify/capability-match.js';

/** The field types that the requests of trust operations share. */

/** Whether a value can be an agent's id: an id without white space. */
export const isAgentId = (value: unknown): value is string => isWellFormedId(value) && !/\s/.test(value);

/** The rule for an agent's id, as a noun phrase for error messages. */
export const AGENT_ID_RULE =
  'an id of 1 to 256 characters without white space, control characters or lone surrogates';

/** The id of an agent. */
export const agentIdField = z.custom<string>(isAgentId, AGENT_ID_RULE);

/** The name of a capability. */
export const capabilityField = z.custom<string>(isCapabilityName, CAPABILITY_RULE);

/** Whether a value can be a constraint label. */
export const isLabel = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.isWellFormed();

/** A list of constraint labels. */
export const labelsField = z.array(
  z.custom<string>(isLabel, "a constraint label, which is a string such as 'read_only'"),
);

/** A capability to attest, as it was read. */
export interface ParsedCapability {
  /** The name of the capability, or a pattern with one `*`. */
  readonly capability: string;
  /** The kind of the capability. */
  readonly capabilityType?: CapabilityType;
  /** The constraint labels that limit it. */
  readonly constraints?: readonly string[];
  /** Free-form details to sign. */
  readonly scope?: JsonObject;
}

/** A capability to attest: its name, or an object with its name and limits. The result is always an object. */
export const capabilityRequestField = z.union([
  capabilityField.transform((capability): ParsedCapability => ({ capability })),
  z.strictObject({
    capability: capabilityField,
    capabilityType: z.enum(CAPABILITY_TYPES).optional(),
    constraints: labelsField.optional(),
    scope: jsonObjectField('scope').optional(),
  }),
]);

const timestampField = z.custom<string>(
  (value) =>
    typeof value === 'string' && TIMESTAMP_PATTERN.test(value) && !Number.isNaN(timestampToMillis(value)),
  'a timestamp such as 2030-01-02T03:04:05+00:00',
);

/** The person on whose behalf an action happens. */
export const humanOriginField = z.strictObject({
  humanId: idField,
  displayName: textField,
  authProvider: textField,
  sessionId: textField,
  authenticatedAt: timestampField,
  unknownFields: jsonObjectField('humanOrigin.unknownFields').optional(),
}) satisfies z.ZodType<HumanOrigin>;

/** Why something was decided. */
export const reasoningTraceField = z.strictObject({
  decision: textField,
  rationale: textField,
  confidentiality: z.enum(['public', 'restricted', 'confidential', 'secret', 'top_secret']),
  timestamp: timestampField,
  alternativesConsidered: z.array(textField).nullish(),
  evidence: jsonField('reasoningTrace.evidence')
    .refine((value) => value === null || hasLength(value), 'a string, an array or an object')
    .optional(),
  methodology: textField.nullish(),
  confidence: jsonField('reasoningTrace.confidence').refine(isConfidence, 'a number from 0 to 1').optional(),
  unknownFields: jsonObjectField('reasoningTrace.unknownFields').optional(),
}) satisfies z.ZodType<ReasoningTrace>;
