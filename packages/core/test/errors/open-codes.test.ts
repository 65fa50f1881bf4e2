import { EatpError, isEatpError } from '@kaizen-eatp/core';
import { StoreError, TrustError } from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';
import { QuotaSpentError } from './quota-spent-error.js';

const stored = new StoreError('STORE_FAILED', 's', { remedy: 'r.' });

describe('an error class of a plugin', () => {
  it('has its own code, name and text', () => {
    const error = new QuotaSpentError(5);
    expect(error).toMatchObject({ code: 'QUOTA_SPENT', name: 'QuotaSpentError', limit: 5 });
    expect(error.message).toBe(
      'The quota of today is spent: expected at most 5 calls a day. Wait until tomorrow, or raise the quota.',
    );
  });

  it('is an EatpError, and only its own errors are instances of it', () => {
    const error = new QuotaSpentError(5);
    expect(error).toBeInstanceOf(EatpError);
    expect(error).toBeInstanceOf(QuotaSpentError);
    expect(error).not.toBeInstanceOf(TrustError);
    expect(stored).not.toBeInstanceOf(QuotaSpentError);
  });

  it('without a brand of its own is recognised by identity, and takes no other error for its own', () => {
    class Unbranded extends StoreError {}
    const error = new Unbranded('STORE_FAILED', 's', { remedy: 'r.' });
    expect(error).toBeInstanceOf(Unbranded);
    expect(error).toBeInstanceOf(StoreError);
    expect(error.name).toBe('Unbranded');
    expect(stored).not.toBeInstanceOf(Unbranded);
  });

  it('is allowed to set its name, as many error classes do', () => {
    class Named extends EatpError {
      constructor() {
        super('QUOTA_SPENT', 's', { remedy: 'r.' });
        this.name = 'Renamed';
      }
    }
    expect(new Named().name).toBe('Renamed');
  });
});

describe('isEatpError', () => {
  it('tells errors of this project from all other values', () => {
    expect(isEatpError(stored)).toBe(true);
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('trap');
      },
    });
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [new Error('x'), { code: 'STORE_FAILED' }, null, undefined, 'x', hostile, revoked])
      expect(isEatpError(value)).toBe(false);
  });

  it('compares the code with each one given', () => {
    expect(isEatpError(stored, 'STORE_FAILED')).toBe(true);
    expect(isEatpError(stored, 'QUOTA_SPENT')).toBe(false);
    expect(isEatpError(stored, 'QUOTA_SPENT', 'STORE_FAILED')).toBe(true);
    expect(isEatpError(new QuotaSpentError(1), 'QUOTA_SPENT')).toBe(true);
  });

  it('does not ignore a code that is undefined', () => {
    expect(isEatpError(stored, undefined as never)).toBe(false);
  });
});
