import { z } from 'zod';
import type { JsonObject } from '../wire/index.js';
import { json } from './fields.js';

const integer = json;
export const constraintDimensions = z.object({
  allow_code_execution: z.boolean(),
  allow_delegation: z.boolean(),
  allow_filesystem: z.boolean(),
  allow_network: z.boolean(),
  allow_state_mutation: z.boolean(),
  allowed_tools: z.array(z.string()).nullable().default(null),
  max_context_tokens: integer,
  reasoning_required: z.boolean(),
});
export const resourceLimits = z.object({
  max_execution_secs: integer,
  max_llm_calls: integer,
  max_tool_calls: integer,
  max_total_tokens: integer,
});
export const delegationScope = z.object({
  domain: z.string(),
  max_financial_cents: integer.nullable().default(null),
  operations: z.array(z.string()).default([]),
});
export const multiSigPolicy = z
  .object({
    threshold: z.number().int().min(1),
    authorized_signers: z.array(z.string().regex(/^[0-9a-fA-F]{64}$/)).min(1),
  })
  .refine(
    (p) => new Set(p.authorized_signers.map((s) => s.toLowerCase())).size === p.authorized_signers.length,
  )
  .refine((p) => p.threshold <= p.authorized_signers.length);

/** The structured parts as fields of a record: checked when read, kept as they came. */
const partField = (schema: z.ZodType): z.ZodType<JsonObject | null | undefined> =>
  z.custom<JsonObject | null | undefined>(
    (value) => value === undefined || value === null || schema.safeParse(value).success,
    'expected the form that is signed',
  );
export const structuredFields = {
  constraints: partField(constraintDimensions),
  resourceLimits: partField(resourceLimits),
  scope: partField(delegationScope),
  multiSig: z.boolean().nullish(),
  multiSigPolicy: partField(multiSigPolicy),
};
