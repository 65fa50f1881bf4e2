import { EatpError } from '@kaizen-eatp/core';

/** The error class of a plugin, with a code of its own. */
export class QuotaSpentError extends EatpError {
  static override readonly brand: string = '@acme/eatp-quota:QuotaSpentError';

  constructor(readonly limit: number) {
    super('QUOTA_SPENT', 'The quota of today is spent', {
      expected: `at most ${limit} calls a day`,
      remedy: 'Wait until tomorrow, or raise the quota.',
      evidence: { limit },
    });
  }
}

declare module '@kaizen-eatp/core/errors' {
  interface ErrorCodeMap {
    QUOTA_SPENT: QuotaSpentError;
  }
}
