import { afterEach, beforeEach, expect, vi } from 'vitest';

/** Everything that a user's function can do wrong. */
export const CARELESS: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('careless');
    },
  ],
  ['rejects', () => Promise.reject(new Error('careless'))],
  [
    'returns a thenable that rejects',
    // biome-ignore lint/suspicious/noThenProperty: a bad thenable is what is tested
    () => ({ then: (_: unknown, reject: (e: unknown) => void) => reject(1) }),
  ],
  [
    'returns a thenable that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a bad thenable is what is tested
      get then(): never {
        throw new Error('careless');
      },
    }),
  ],
];

/** Fails each test of this file in which an error goes unhandled, which would end a user's process. */
export function expectNothingUnhandled(): void {
  const unhandled = vi.fn();
  const EVENTS = ['unhandledRejection', 'uncaughtException'] as const;
  const others = new Map<string, NodeJS.UnhandledRejectionListener[]>();

  beforeEach(() => {
    unhandled.mockClear();
    for (const event of EVENTS) {
      others.set(event, process.listeners(event as 'unhandledRejection'));
      process.removeAllListeners(event).on(event, unhandled);
    }
  });

  afterEach(async () => {
    // Node finds out about unhandled rejections once all microtasks are done.
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const event of EVENTS) {
      process.removeAllListeners(event);
      for (const listener of others.get(event) ?? []) process.on(event, listener);
    }
    expect(unhandled).not.toHaveBeenCalled();
  });
}
