import * as z from 'zod';
import { ACTION_RESULTS, type ActionResult } from '../chain/index.js';
import { milliseconds } from '../invocation/call-options.js';
import type { DelegateOptions, DelegationGrant, InvokeOptions, ShareOptions } from '../pattern/pattern.js';
import { capabilityField, labelsField } from '../trust/request-fields.js';
import { type JsonObject, parseOptions, toFacts, toJsonObject } from '../wire/index.js';

const name = z.string().min(1).max(256);
const grant = z.custom<DelegationGrant>(
  (value) => typeof value === 'object' && value !== null,
  'a grant that delegate() returned',
);

const invokeOptions = z.strictObject({
  method: name.optional(),
  action: name.optional(),
  resource: z.string().optional(),
  delegation: grant.optional(),
  context: z.unknown().optional(),
  details: z.unknown().optional(),
  timeout: milliseconds.optional(),
});
const delegateOptions = z.strictObject({
  capabilities: z.array(capabilityField).optional(),
  constraints: labelsField.optional(),
  expiresIn: milliseconds.optional(),
});
const shareOptions = z.strictObject({
  action: name,
  details: z.unknown().optional(),
  result: z.enum(ACTION_RESULTS).optional(),
});
const verifyOptions = z.strictObject({ delegation: grant.optional() });

/** The options of pattern code for an invocation, read once. */
export interface ParsedInvoke {
  /** The method to call. */
  readonly method: string;
  /** The action to verify and record; undefined: the default. */
  readonly action: string | undefined;
  /** The resource that the action concerns. */
  readonly resource: string | undefined;
  /** The delegation to act under; undefined: the newest one to the agent. */
  readonly delegation: DelegationGrant | undefined;
  /** Facts for constraint evaluators. */
  readonly facts: Readonly<Record<string, unknown>> | undefined;
  /** Details for the record. */
  readonly details: JsonObject | undefined;
  /** The time limit in milliseconds. */
  readonly timeout: number | undefined;
}

const PLAIN: ParsedInvoke = Object.freeze({
  method: 'run',
  action: undefined,
  resource: undefined,
  delegation: undefined,
  facts: undefined,
  details: undefined,
  timeout: undefined,
});

/** @throws InvalidArgumentError. */
export function parseInvoke(given: InvokeOptions | undefined): ParsedInvoke {
  if (given === undefined) return PLAIN;
  const options = parseOptions(invokeOptions, given, 'invoke()');
  return {
    method: options.method ?? 'run',
    action: options.action,
    resource: options.resource,
    delegation: options.delegation,
    facts: options.context === undefined ? undefined : toFacts(options.context),
    details: options.details === undefined ? undefined : toJsonObject(options.details as object, 'details'),
    timeout: options.timeout,
  };
}

/** @throws InvalidArgumentError. */
export function parseDelegate(given: DelegateOptions | undefined): DelegateOptions {
  // Most handoffs pass no options.
  if (given === undefined) return NOTHING;
  return parseOptions(delegateOptions, given, 'delegate()') as DelegateOptions;
}

const NOTHING: DelegateOptions = Object.freeze({});

/** The options of pattern code for sharing a value, read once. */
export interface ParsedShare {
  /** The action to verify and record. */
  readonly action: string;
  /** Details for the record. */
  readonly details: JsonObject | undefined;
  /** The result to record. */
  readonly result: ActionResult;
}

/** @throws InvalidArgumentError. */
export function parseShare(given: ShareOptions): ParsedShare {
  const { action, details, result = 'success' } = parseOptions(shareOptions, given, 'share()');
  return {
    action,
    details: details === undefined ? undefined : toJsonObject(details as object, 'details'),
    result,
  };
}

/** @throws InvalidArgumentError. */
export const parseVerify = (given: { readonly delegation?: DelegationGrant } | undefined) =>
  given === undefined ? undefined : parseOptions(verifyOptions, given, 'verify()').delegation;
