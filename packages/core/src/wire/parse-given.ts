import type { z } from 'zod';

/** The fields of a schema, and whether an absent one stays absent. */
type Plan = readonly { readonly name: string; readonly field: z.ZodType; readonly staysAbsent: boolean }[];

const plans = new WeakMap<z.ZodObject, Plan | undefined>();

/**
 * Parses an object whose names are all known, field by field. Zod looks at every field of a schema, and of most options
 * hardly any is given; a run parses several of them.
 *
 * @returns undefined where the schema has to be asked as a whole: something is invalid, or it checks fields together.
 */
export function parseGiven(schema: z.ZodObject, given: unknown): Record<string, unknown> | undefined {
  const plan = planOf(schema);
  if (!plan) return undefined;
  const parsed: Record<string, unknown> = {};
  for (let i = 0; i < plan.length; i++) {
    const { name, field, staysAbsent } = plan[i] as Plan[number];
    const isGiven = name in (given as object);
    if (!isGiven && staysAbsent) continue;
    const value = (given as Record<string, unknown>)[name];
    // Optional fields that are given as undefined are absent, for all that is parsed by these schemas.
    if (value === undefined && staysAbsent) {
      parsed[name] = undefined;
      continue;
    }
    const result = field.safeParse(value);
    if (!result.success) return undefined;
    if (isGiven || result.data !== undefined) parsed[name] = result.data;
  }
  return parsed;
}

function planOf(schema: z.ZodObject): Plan | undefined {
  if (plans.has(schema)) return plans.get(schema);
  const { checks } = schema._zod.def;
  const plan =
    checks && checks.length > 0
      ? undefined
      : Object.entries(schema.shape).map(([name, field]) => ({
          name,
          field: field as z.ZodType,
          staysAbsent: staysAbsent(field as z.ZodType),
        }));
  plans.set(schema, plan);
  return plan;
}

/** An optional field whose inner schema makes nothing out of undefined, such as a default. */
function staysAbsent(field: z.ZodType): boolean {
  const { type, innerType } = field._zod.def as { type: string; innerType?: z.core.$ZodType };
  return type === 'optional' && innerType?._zod.optin !== 'optional';
}
