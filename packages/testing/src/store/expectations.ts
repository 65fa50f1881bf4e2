import { isDeepStrictEqual } from 'node:util';
import { EatpError, type ErrorCode } from '@kaizen-eatp/core';

/** @throws Error, with both values, unless they are the same. */
export function expectSame(what: string, received: unknown, expected: unknown): void {
  if (isDeepStrictEqual(received, expected)) return;
  throw new Error(`${what}: expected ${shown(expected)}, got ${shown(received)}`);
}

/** @throws Error unless it holds. */
export function expectThat(what: string, holds: boolean): void {
  if (!holds) throw new Error(what);
}

/** @throws Error unless the call is refused with this code. */
export async function expectRefusal(what: string, call: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof EatpError && error.code === code) return;
  const received =
    error === undefined ? 'it was accepted' : error instanceof Error ? error.message : shown(error);
  throw new Error(`${what}: expected a refusal with ${code}, but ${received}`);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
}
