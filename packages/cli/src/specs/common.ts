import type { OptionSpec } from '../spec/command-spec.js';

/** Confirms an operation without a question. */
export const YES: OptionSpec = { flags: '--yes', description: 'Do it without asking' };

/** Shows what an operation would do. */
export const DRY_RUN: OptionSpec = {
  flags: '--dry-run',
  description: 'Show what would be done, and do nothing',
};

/** The reason of a revocation or another change. */
export const REASON: OptionSpec = {
  flags: '--reason <text>',
  description: 'The reason, which is recorded',
  byDefault: "'by an operator'",
};

/** Filters of records by time. */
export const SINCE: OptionSpec = {
  flags: '--since <time>',
  description: 'Only records from this time on: ISO 8601, or a time ago such as 90m, 12h or 2d',
};

/** The end of a period. */
export const UNTIL: OptionSpec = { flags: '--until <time>', description: 'Only records before this time' };
