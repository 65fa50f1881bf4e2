/**
 * A schema of any library that implements Standard Schema (https://standardschema.dev): zod, valibot, arktype and
 * others. It checks a value and completes it, for instance with defaults.
 */
export interface StandardSchema<Output = unknown, Input = unknown> {
  /** The library's side of the standard. */
  readonly '~standard': {
    /** The version of the standard. */
    readonly version: 1;
    /** The library's name. */
    readonly vendor: string;
    /** Checks a value. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** The types before and after the check, for compilers only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The result of a check: the completed value, or the issues that the schema found. */
export type SchemaResult<Output> =
  | {
      /** The value, as the schema returned it. */
      readonly value: Output;
      /** The problems with the value; absent if it is valid. */
      readonly issues?: undefined;
    }
  | {
      /** The problems with the value; absent if it is valid. */
      readonly issues: readonly SchemaIssue[];
    };

/** One thing that a schema found wrong. */
export interface SchemaIssue {
  /** A description of the issue, for people. */
  readonly message: string;
  /** Where it is in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Whether a value is a schema of version 1 of the standard. Schemas of some libraries are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as Partial<StandardSchema>)['~standard'];
  return standard?.version === 1 && typeof standard.validate === 'function';
}

/** Renders the issues of a schema as one line. */
export function issuesText(issues: readonly SchemaIssue[], root: string): string {
  return issues.map(({ path, message }) => `${pathText(path) || root}: ${message}`).join('; ');
}

function pathText(path: SchemaIssue['path']): string {
  return (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
}
