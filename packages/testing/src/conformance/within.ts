/** How long a step is, in milliseconds. */
const STEP = 10;

/**
 * Waits until something is the case, for a limited time of this process's event loop: while the process gets no processor
 * time, the time does not pass.
 *
 * @param milliseconds - counted in steps of 10 ms, each of which can take longer.
 * @returns whether it is the case.
 */
export async function becomes(isTheCase: () => boolean, milliseconds: number): Promise<boolean> {
  for (let left = milliseconds; left > 0 && !isTheCase(); left -= STEP)
    await new Promise((resolve) => setTimeout(resolve, Math.min(STEP, left)));
  return isTheCase();
}

/**
 * Waits for a promise for a limited time of this process's event loop, in milliseconds, as {@link becomes} counts it.
 *
 * @returns its value, or undefined after that time.
 */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<undefined>((resolve) => {
    const step = (left: number): void => {
      timer = setTimeout(() => (left > STEP ? step(left - STEP) : resolve(undefined)), Math.min(STEP, left));
    };
    step(milliseconds);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
