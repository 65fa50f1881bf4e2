import * as z from 'zod';

/** The limits of a run together with all runs inside it. An act is denied once one of them is reached. */
export interface Budget {
  /** How many invocations and tool calls there can be. Default: no limit. */
  readonly calls?: number;
  /** How many tokens agents can report. Default: no limit. */
  readonly tokens?: number;
  /** How much money agents can report, in the currency of the deployment. Default: no limit. */
  readonly cost?: number;
  /** How long the agents that the pattern invokes can work altogether, in milliseconds. Default: no limit. */
  readonly time?: number;
}

/** A report of an agent about its usage, in addition to its earlier reports. */
export interface ReportedUsage {
  /** Tokens of a model. Default: 0. */
  readonly tokens?: number;
  /** Money, in the currency of the deployment. Default: 0. */
  readonly cost?: number;
}

const amount = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** The schema of {@link ReportedUsage}. */
export const usageField = z.strictObject({ tokens: amount.optional(), cost: amount.optional() });

/** The schema of {@link Budget}. */
export const budgetField = usageField.extend({ calls: amount.optional(), time: amount.optional() });
