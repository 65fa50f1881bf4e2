import {
  type AuditAnchor,
  type DelegationRecord,
  type Denial,
  EatpError,
  type ErrorCode,
  type FailedRun,
  isEatpError,
} from '@kaizen-eatp/core';
import type { KeyError, OutcomeNotRecordedError, VerificationDeniedError } from '@kaizen-eatp/core/errors';
import { describe, expectTypeOf, it } from 'vitest';
import type { QuotaSpentError } from '../errors/quota-spent-error.js';

declare const thrown: unknown;

describe('error codes', () => {
  it('are those of core and those that plugins declare', () => {
    expectTypeOf<'STORE_FAILED' | 'VERIFICATION_DENIED' | 'QUOTA_SPENT'>().toExtend<ErrorCode>();
    expectTypeOf<'QUOTA_SPEND'>().not.toExtend<ErrorCode>();
    expectTypeOf<string>().not.toExtend<ErrorCode>();
    // @ts-expect-error: no class of core or of a plugin has this code
    new EatpError('QUOTA_SPEND', 'x', { remedy: 'y.' });
  });
});

describe('isEatpError', () => {
  it('narrows to the class of the code', () => {
    if (isEatpError(thrown)) expectTypeOf(thrown).toEqualTypeOf<EatpError>();
    if (isEatpError(thrown, 'QUOTA_SPENT')) {
      expectTypeOf(thrown).toExtend<QuotaSpentError>();
      expectTypeOf(thrown.code).toEqualTypeOf<'QUOTA_SPENT'>();
    }
    if (isEatpError(thrown, 'KEY_NOT_FOUND')) expectTypeOf(thrown).toExtend<KeyError>();
    if (isEatpError(thrown, 'VERIFICATION_DENIED', 'OUTCOME_NOT_RECORDED'))
      expectTypeOf(thrown).toExtend<VerificationDeniedError | OutcomeNotRecordedError>();
    // @ts-expect-error: no such code
    isEatpError(thrown, 'QUOTA_SPEND');
  });
});

describe('what an error carries', () => {
  it('is typed: the run with its records, the denial as a tree', () => {
    expectTypeOf<EatpError['run']>().toEqualTypeOf<FailedRun | undefined>();
    expectTypeOf<FailedRun['auditTrail']>().toEqualTypeOf<readonly AuditAnchor[]>();
    expectTypeOf<FailedRun['delegations']>().toEqualTypeOf<readonly DelegationRecord[]>();
    expectTypeOf<VerificationDeniedError['denial']>().toEqualTypeOf<Denial>();
    expectTypeOf<Denial['reasons']>().toEqualTypeOf<readonly Denial[] | undefined>();
  });
});
