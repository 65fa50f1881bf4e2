import { EatpError, type ErrorCode } from '@kaizen-eatp/core';
import { expect } from 'vitest';

/** Every message says what is wrong, what was expected and what came where there is such, and what to do. */
export function expectToExplain(error: EatpError, code: ErrorCode, ...texts: string[]): void {
  expect(error).toBeInstanceOf(EatpError);
  expect(error.code).toBe(code);
  expect(error.remedy.length).toBeGreaterThan(3);
  expect(error.message).toContain(error.remedy);
  if (error.expected) expect(error.message).toContain(`expected ${error.expected}`);
  if (error.received) expect(error.message).toContain(`got ${error.received}`);
  for (const text of texts) expect(error.message).toContain(text);
}

export function thrownBy(work: () => unknown): EatpError {
  try {
    work();
  } catch (error) {
    return error as EatpError;
  }
  throw new Error('expected it to throw');
}
