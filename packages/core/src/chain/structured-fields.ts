import * as z from 'zod';
import type { JsonObject } from '../wire/index.js';
import { json } from './fields.js';

/**
 * The structured parts of the cross-SDK delegation forms. The reference checks that each member is there and that lists
 * are lists, but not what they hold. A reader that enforces them must treat a member of an unexpected type as the
 * strictest limit.
 */
export const constraintDimensions = z.object({
  allow_code_execution: json,
  allow_delegation: json,
  allow_filesystem: json,
  allow_network: json,
  allow_state_mutation: json,
  allowed_tools: z.array(json).nullable().default(null),
  max_context_tokens: json,
  reasoning_required: json,
});
/** The upper bounds of a delegation's use of resources. */
export const resourceLimits = z.object({
  max_execution_secs: json,
  max_llm_calls: json,
  max_tool_calls: json,
  max_total_tokens: json,
});
/** The purpose of a delegation. */
export const delegationScope = z.object({
  domain: json,
  max_financial_cents: json.nullable().default(null),
  operations: z
    .array(json)
    .nullish()
    .transform((operations) => operations ?? []),
});
/** How many of which signers must agree. The reference checks this part fully. */
export const multiSigPolicy = z
  .object({
    threshold: z.number().int().min(1),
    authorized_signers: z.array(z.string().regex(/^[0-9a-fA-F]{64}$/)).min(1),
  })
  .refine(
    (p) => new Set(p.authorized_signers.map((s) => s.toLowerCase())).size === p.authorized_signers.length,
  )
  .refine((p) => p.threshold <= p.authorized_signers.length);

/** The structured parts as fields of a record: checked when they are read, and kept unchanged. */
const partField = (schema: z.ZodType): z.ZodType<JsonObject | null | undefined> =>
  z.custom<JsonObject | null | undefined>(
    (value) => value === undefined || value === null || schema.safeParse(value).success,
    'expected the signed form of this part',
  );
/** The structured parts as fields of a delegation record. */
export const structuredFields = {
  constraints: partField(constraintDimensions),
  resourceLimits: partField(resourceLimits),
  scope: partField(delegationScope),
  multiSig: z.boolean().nullish(),
  multiSigPolicy: partField(multiSigPolicy),
};
