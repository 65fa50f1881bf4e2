/** The first pause, and the longest one, between attempts to store a late record; in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

/**
 * Repeats an attempt in the background until it succeeds. It does not keep the process alive: another process
 * completes with `recover()` what is left when this one ends.
 *
 * @param attempt - resolves when there is nothing left to do, and rejects if it must be repeated later.
 */
export function keepTrying(attempt: () => Promise<void>, pause = FIRST_PAUSE): void {
  const timer = setTimeout(() => {
    attempt().catch(() => keepTrying(attempt, Math.min(pause * 2, LONGEST_PAUSE)));
  }, pause);
  timer.unref();
}
